select component, version, context, position, key, error, attempts, at, timer, coalesce(first_at, at)
from dead_event
where component = ?1 and version = ?2 and context = ?3 and position > ?4
order by position, key
limit ?5;
