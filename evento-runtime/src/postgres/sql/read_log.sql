-- One statement sees one state of the database, so head and events belong together. Without an event, the row of the head
-- stands alone. Events beyond the limit in bytes are not sent; `before` is the size of those before.
-- $1: after, $2: until, $3: names, $4: contexts, $5: stream kind, $6: recorded until, $7: limit, $8: limit in bytes, $9: the
-- event at the position after which is read, if it is known
with log as materialized (
    select
        h.position,
        (select f.id from evento.event f where f.position = least(h.position, $2::bigint)) as event,
        $1::bigint <= h.position and (
            $9::uuid is null
            or (select k.id from evento.event k where k.position = $1::bigint) is not distinct from $9::uuid
        ) as same
    from evento.head h
    where h.id = 1
)
select
    l.position, l.event, l.same, e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version,
    e.context, e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload
from log l
left join lateral (
    select i.*
    from (
        select
            v.*,
            sum(v.size) over (order by v.position rows between unbounded preceding and current row) - v.size as before
        from evento.event v
        where v.position > $1::bigint and v.position <= $2::bigint
            and not v.purged
            and ($3::text[] is null or v.name = any ($3::text[]))
            and ($4::text[] is null or v.context = any ($4::text[]))
            and ($5::text is null or v.stream_kind = $5::text)
            and ($6::bigint is null or v.timestamp <= $6::bigint)
        order by v.position
        limit $7::bigint
    ) i
    where i.before < $8::bigint
) e on true
order by e.position;
