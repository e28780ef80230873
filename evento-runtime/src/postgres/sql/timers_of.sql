select saga, saga_id, key, id, name, correlation_id, causation_id, due, metadata, context, payload
from evento.timer
where saga = $1 and saga_id = $2
order by key;
