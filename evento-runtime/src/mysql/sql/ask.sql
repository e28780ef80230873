insert into evento_dead_event_request (component, version, context, id, open, kind, request, asked_at)
select component, version, context, ?, 1, ?, ?, ? from evento_consumer
where component = ? and version = ? and context = ?;
