select id, wanted, report
from node
where expires_at > cast(unixepoch('now', 'subsec') * 1000 as integer)
order by id;
