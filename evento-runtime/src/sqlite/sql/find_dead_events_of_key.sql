-- ?4: the position behind which they are
select component, version, context, position, key, error, attempts, at, timer, coalesce(first_at, at)
from dead_event
where component = ?1 and version = ?2 and context = ?3 and key = ?5 and position > ?4
order by position
limit ?6;
