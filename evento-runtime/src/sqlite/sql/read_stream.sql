select
    purged, position, id, stream_kind, stream_id, version, name, payload_version, context, correlation_id, causation_id,
    timestamp, metadata, payload
from event
where stream_kind = ?1 and stream_id = ?2 and version > ?3
order by version
limit ?4;
