-- ?1: [[stream kind, stream id, version], ..]
select
    e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version,
    e.context, e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload, e.closes, e.purged
from json_each(?1) r
join event e
    on e.stream_kind = r.value ->> 0 and e.stream_id = r.value ->> 1 and e.version = r.value ->> 2;
