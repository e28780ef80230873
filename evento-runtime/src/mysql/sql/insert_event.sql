insert into evento_event (
    position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id, timestamp,
    closes, closing, size, metadata, payload
) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
