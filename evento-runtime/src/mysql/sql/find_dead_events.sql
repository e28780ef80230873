-- Behind a place: a position and a key.
select component, version, context, position, `key`, error, attempts, at, timer, coalesce(first_at, at)
from evento_dead_event
where component = ? and version = ? and context = ? and position >= ? and (position > ? or `key` > ?)
order by position, `key`
limit ?;
