-- ?1: after, or null; ?2: limit
select command, at, first
from ledger
where ?1 is null or command > ?1
order by command
limit ?2;
