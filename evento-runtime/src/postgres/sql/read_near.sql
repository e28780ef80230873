-- The event at a position, and the next sixteen. What is larger than the limit is not sent.
-- $1: the position, $2: the limit in bytes
select
    e.position, e.id, e.version, e.name, e.payload_version, e.context, e.correlation_id, e.causation_id, e.timestamp,
    case when e.size <= $2::bigint then e.metadata end, case when e.size <= $2::bigint then e.payload end, e.stream_kind, e.stream_id, e.purged
from evento.event e
where e.position >= $1::bigint
order by e.position
limit 17;
