insert into timer (saga, saga_id, key, id, name, correlation_id, causation_id, due, metadata, context, payload)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
on conflict (saga, saga_id, key) do update
set id = excluded.id, name = excluded.name, correlation_id = excluded.correlation_id, causation_id = excluded.causation_id,
    due = excluded.due, metadata = excluded.metadata, context = excluded.context, payload = excluded.payload;
