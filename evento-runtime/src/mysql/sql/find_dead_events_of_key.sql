select component, version, context, position, `key`, error, attempts, at, timer, coalesce(first_at, at)
from evento_dead_event
where component = ? and version = ? and context = ? and `key` = ? and position > ?
order by position
limit ?;
