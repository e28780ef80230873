replace into evento_timer (saga, saga_id, `key`, id, name, correlation_id, causation_id, due, metadata, context, payload)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
