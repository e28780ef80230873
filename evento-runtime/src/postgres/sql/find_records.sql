-- $1, $2, $3: stream kinds, stream ids, versions
select
    e.position, e.id, e.version, e.name, e.payload_version, e.context, e.correlation_id,
    e.causation_id, e.timestamp, e.metadata, e.payload, e.stream_kind, e.stream_id, e.closes, e.purged
from unnest($1::text[], $2::text[], $3::bigint[]) as u (kind, id, version)
join evento.event e on e.stream_kind = u.kind and e.stream_id = u.id and e.version = u.version;
