select id, wanted, report
from evento.node
where expires_at > (extract(epoch from clock_timestamp()) * 1000)::bigint
order by id;
