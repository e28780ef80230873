-- Writes what was accepted under the lock of the head. $1 to $7: the ledger; $8 to $22: the events; $23: the new head;
-- $24: where it is told, if anywhere.
with l as (
    insert into evento.ledger (command, name, digest, cause, at, first, count)
    select * from unnest(
        $1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[]
    )
),
e as (
    insert into evento.event (
        position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id,
        timestamp, closes, size, metadata, payload
    )
    select
        v.position, v.kind, v.stream, v.version, v.id, v.name, v.payload_version, v.context, v.correlation_id,
        v.causation_id, v.timestamp, v.closes, v.size, v.metadata::json, v.payload::json
    from unnest(
        $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::uuid[], $13::text[], $14::bigint[], $15::text[],
        $16::uuid[], $17::uuid[], $18::bigint[], $19::boolean[], $20::bigint[], $21::text[], $22::text[]
    ) as v (
        position, kind, stream, version, id, name, payload_version, context, correlation_id, causation_id, timestamp,
        closes, size, metadata, payload
    )
),
h as (
    update evento.head set position = $23::bigint where id = 1 returning position
)
select h.position, case when $24::text is not null then pg_notify($24::text, h.position::text)::text end from h;
