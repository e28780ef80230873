select id, wanted, report
from evento_node
where expires_at > timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000
order by id;
