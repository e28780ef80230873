select saga, position, event, association, value, at
from unmatched_event
where saga = ?1 and position > ?2
order by position
limit ?3;
