-- $4 and $5: the place behind which they are
select component, version, context, position, key, error, attempts, at, timer, coalesce(first_at, at)
from evento.dead_event
where component = $1 and version = $2 and context = $3 and (position, key) > ($4, $5)
order by position, key
limit $6;
