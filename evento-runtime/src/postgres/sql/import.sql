-- Writes the events of another log under the lock of the head. $1 to $16: the events; $17: the new head; $18: the incarnation
-- of their log; $19: where the head is told, if anywhere.
with e as (
    insert into evento.event (
        position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id,
        timestamp, closes, purged, size, metadata, payload
    )
    select
        v.position, v.kind, v.stream, v.version, v.id, v.name, v.payload_version, v.context, v.correlation_id,
        v.causation_id, v.timestamp, v.closes, v.purged, v.size, v.metadata::json, v.payload::json
    from unnest(
        $1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::bigint[], $8::text[],
        $9::uuid[], $10::uuid[], $11::bigint[], $12::boolean[], $13::boolean[], $14::bigint[], $15::text[], $16::text[]
    ) as v (
        position, kind, stream, version, id, name, payload_version, context, correlation_id, causation_id, timestamp,
        closes, purged, size, metadata, payload
    )
),
h as (
    update evento.head set position = $17::bigint, incarnation = $18::uuid where id = 1 returning position
)
select h.position, case when $19::text is not null then pg_notify($19::text, h.position::text)::text end from h;
