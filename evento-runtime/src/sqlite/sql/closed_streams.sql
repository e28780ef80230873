-- ?1: closed before, ?2: after, ?3: up to, ?4: limit
select position, stream_kind, stream_id
from event
where closes = 1 and purged = 0 and timestamp < ?1 and position > ?2 and position <= ?3
order by position
limit ?4;
