-- Many appends in one statement and one trip. No two of them have the same stream or command. Those that nothing stands in
-- the way of are written; each row that comes back tells of one. A command that was handled before violates the key of the
-- ledger, which undoes all of it, unless something else stands in its way too.
-- $1 to $9: of each append, stream kind and id, expected version, command, name, digest, cause, time, number of events;
-- $10 to $22: of each event, the ordinal of its append, its own within it, and the rest; $23 to $26: the
-- log as it was seen last, with the event at its head; $27: where the head is told, if anywhere.
with wanted as materialized (
    select u.*, coalesce(s.version, 0) as actual, coalesce(s.closes, false) as closed
    from unnest(
        $1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::uuid[], $8::bigint[], $9::bigint[]
    ) with ordinality as u (kind, id, expected, command, name, digest, cause, at, count, ordinal)
    left join lateral (
        select e.version, e.closes from evento.event e
        -- What is below the expected version would be read and compared for nothing.
        where e.stream_kind = u.kind and e.stream_id = u.id and e.version >= coalesce(u.expected, 0)
        order by e.version desc
        limit 1
    ) s on true
),
accepted as materialized (
    select w.*, (sum(w.count) over (order by w.ordinal) - w.count)::bigint as before
    from wanted w
    where w.count = 0 or not w.closed and (w.expected is null or w.expected = w.actual)
),
log as materialized (
    select
        g.incarnation = $23::uuid and g.fence = $24::bigint and g.position >= $25::bigint
            and (
                $26::uuid is null
                or (select f.id from evento.event f where f.position = $25::bigint) is not distinct from $26::uuid
            ) as same,
        current_setting('transaction_isolation') = 'read committed' as waits
    from evento.head g
    where g.id = 1
),
h as (
    update evento.head set position = head.position + a.total
    from (select sum(count)::bigint as total, count(*) as appends from accepted) a, log
    where head.id = 1 and head.incarnation = $23::uuid and head.fence = $24::bigint and head.position >= $25::bigint
        and a.appends > 0 and log.same and log.waits
    returning head.position - a.total as base, head.position
),
l as (
    insert into evento.ledger (command, name, digest, cause, at, first, count)
    select
        a.command, a.name, a.digest, a.cause, a.at, h.base + a.before + case when a.count > 0 then 1 else 0 end, a.count
    from accepted a, h
),
e as (
    insert into evento.event (
        position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id,
        timestamp, closes, size, metadata, payload
    )
    select
        h.base + a.before + v.ordinal, a.kind, a.id, a.actual + v.ordinal, v.id, v.name, v.payload_version, v.context,
        v.correlation_id, v.causation_id, v.timestamp, v.closes, v.size, v.metadata::json, v.payload::json
    from h, accepted a
    join unnest(
        $10::bigint[], $11::bigint[], $12::uuid[], $13::text[], $14::bigint[], $15::text[], $16::uuid[], $17::uuid[],
        $18::bigint[], $19::text[], $20::text[], $21::boolean[], $22::bigint[]
    ) as v (
        append, ordinal, id, name, payload_version, context, correlation_id, causation_id, timestamp, metadata, payload,
        closes, size
    ) on v.append = a.ordinal
),
told as materialized (
    select h.base, case when $27::text is not null then pg_notify($27::text, h.position::text)::text end as told
    from h
)
select
    w.ordinal, w.actual, w.closed,
    case when a.ordinal is null then (select l.at from evento.ledger l where l.command = w.command) is not null else false end,
    log.same, log.waits,
    t.base + a.before + case when a.count > 0 then 1 else 0 end, t.told
from wanted w
cross join log
left join accepted a on a.ordinal = w.ordinal
left join told t on true
order by w.ordinal;
