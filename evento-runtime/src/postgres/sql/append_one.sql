-- The commonest append, one event at an expected version, in one statement and one trip. It writes the event and returns its
-- position, or it writes nothing, and another statement has to tell what stands in its way; a unique violation says that the
-- command was handled or that somebody else was faster, and undoes all of it.
-- $1 to $5: the ledger's command, name, digest, cause and time; $6, $7, $8: stream and expected version; $9 to $19: the rest
-- of the event; $20 to $23: the log as it was seen last, with the event at its head; $24: where the head is told,
-- if anywhere.
with h as (
    update evento.head set position = position + 1
    where id = 1 and incarnation = $20::uuid and fence = $21::bigint and position >= $22::bigint
        and current_setting('transaction_isolation') = 'read committed'
        and ($23::uuid is null or (select f.id from evento.event f where f.position = $22::bigint) = $23::uuid)
        -- A stream that is closed has no version that could be expected.
        and $8::bigint = coalesce((
            select case when e.closes then -1 else e.version end from evento.event e
            where e.stream_kind = $6::text and e.stream_id = $7::text and e.version >= $8::bigint
            order by e.version desc
            limit 1
        ), 0)
    returning position, case when $24::text is not null then pg_notify($24::text, position::text)::text end as told
),
l as (
    insert into evento.ledger (command, name, digest, cause, at, first, count)
    select $1::uuid, $2::text, $3::bigint, $4::uuid, $5::bigint, h.position, 1 from h
)
insert into evento.event (
    position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id,
    timestamp, closes, size, metadata, payload
)
select
    h.position, $6::text, $7::text, $8::bigint + 1, $9::uuid, $10::text, $11::bigint, $12::text, $13::uuid, $14::uuid,
    $15::bigint, $16::boolean, $17::bigint, $18::text::json, $19::text::json
from h
returning position;
