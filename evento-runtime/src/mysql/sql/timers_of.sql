select saga, saga_id, `key`, id, name, correlation_id, causation_id, due, metadata, context, payload
from evento_timer
where saga = ? and saga_id = ?
order by `key`;
