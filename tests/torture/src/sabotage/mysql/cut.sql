-- The connections of workers in a state, which PostgreSQL would call so, or in `any`.
select p.id
from information_schema.processlist p
left join information_schema.innodb_trx t on t.trx_mysql_thread_id = p.id
where p.db = database() and p.user <> substring_index(user(), '@', 1)
    and (
        ? = 'any'
        or ? = case when p.command <> 'Sleep' then 'active' when t.trx_id is null then 'idle' else 'idle in transaction' end
    )
order by rand()
limit ?;
