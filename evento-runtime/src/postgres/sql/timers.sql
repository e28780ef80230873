select saga, saga_id, key, id, name, correlation_id, causation_id, due, metadata, context, payload
from evento.timer
where saga = $1 and (due, saga_id, key) > ($2, $3, $4)
order by due, saga_id, key
limit $5;
