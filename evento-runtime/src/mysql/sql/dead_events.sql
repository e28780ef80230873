select component, version, context, position, `key`, error, attempts, at, timer
from evento_dead_event
where component = ? and version = ? and context = ? and position > ?
order by position, `key`
limit ?;
