-- $2: behind this id; null for all
select saga, id, code_version, started_at, last_event, associations, state
from evento.saga
where saga = $1 and ($2::uuid is null or id > $2::uuid)
order by id
limit $3;
