-- The commonest append, one event at an expected version, in one statement and one trip. What stands in its way is told by
-- the row that comes back; a unique violation says that somebody else was faster, and undoes all of it.
-- $1 to $5: the ledger's command, name, digest, cause and time; $6, $7, $8: stream and expected version; $9 to $19: the rest
-- of the event; $20 to $23: the log as it was seen last, with the event at its head; $24: where the head is told,
-- if anywhere.
with known as materialized (
    select
        coalesce(s.version, 0) as actual,
        coalesce(s.closes, false) as closed,
        (select l.at from evento.ledger l where l.command = $1::uuid) is not null as handled,
        g.incarnation = $20::uuid and g.fence = $21::bigint and g.position >= $22::bigint
            and (
                $23::uuid is null
                or (select f.id from evento.event f where f.position = $22::bigint) is not distinct from $23::uuid
            ) as same,
        current_setting('transaction_isolation') = 'read committed' as waits
    from evento.head g
    left join lateral (
        select e.version, e.closes from evento.event e
        where e.stream_kind = $6::text and e.stream_id = $7::text
        order by e.version desc
        limit 1
    ) s on true
    where g.id = 1
),
h as (
    update evento.head set position = head.position + 1
    from known k
    where head.id = 1 and head.incarnation = $20::uuid and head.fence = $21::bigint and head.position >= $22::bigint
        and k.same and k.actual = $8::bigint and not k.closed and not k.handled and k.waits
    returning head.position
),
l as (
    insert into evento.ledger (command, name, digest, cause, at, first, count)
    select $1::uuid, $2::text, $3::bigint, $4::uuid, $5::bigint, h.position, 1 from h
),
e as (
    insert into evento.event (
        position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id,
        timestamp, closes, size, metadata, payload
    )
    select
        h.position, $6::text, $7::text, $8::bigint + 1, $9::uuid, $10::text, $11::bigint, $12::text, $13::uuid, $14::uuid,
        $15::bigint, $16::boolean, $17::bigint, $18::text::json, $19::text::json
    from h
),
told as materialized (
    select h.position, case when $24::text is not null then pg_notify($24::text, h.position::text)::text end as told
    from h
)
select 1::bigint, k.actual, k.closed, k.handled, k.same, k.waits, t.position, t.told from known k left join told t on true;
