select saga, position, event, association, value, at
from evento_unmatched_event
where saga = ? and position > ?
order by position
limit ?;
