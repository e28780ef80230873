select saga, saga_id, `key`, id, name, correlation_id, causation_id, due, metadata, context, payload
from evento_timer
where saga = ? and due >= ? and (due > ? or saga_id > ? or (saga_id = ? and `key` > ?))
order by due, saga_id, `key`
limit ?;
