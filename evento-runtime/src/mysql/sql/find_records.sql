-- What it looks for stands as `(kind, id, version), ..`.
select
    e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version, e.context,
    e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload,
    cast(e.closes as signed), cast(e.purged as signed)
from evento_event e force index (evento_stream)
where (e.stream_kind, e.stream_id, e.version) in (?);
