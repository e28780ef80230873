-- $1: how many; $2: of which state, or `any`
select count(pg_terminate_backend(pid))
from (
    select pid from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and application_name <> 'saboteur'
        and ($2 = 'any' or state = $2)
    order by random()
    limit $1
) a;
