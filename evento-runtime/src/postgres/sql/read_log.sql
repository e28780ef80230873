-- One statement sees one state of the database, so head and events belong together. Without an event, the row of the head
-- stands alone. Events beyond the limit in bytes are not sent; `before` is the size of
-- those before.
-- $1: after, $2: until, $3: names, $4: contexts, $5: stream kind, $6: limit, $7: limit in bytes
select
    h.position, e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version, e.context,
    e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload
from evento.head h
left join lateral (
    select i.*
    from (
        select
            v.*,
            sum(v.size) over (order by v.position rows between unbounded preceding and current row) - v.size as before
        from evento.event v
        where v.position > $1::bigint and v.position <= $2::bigint
            and ($3::text[] is null or v.name = any ($3::text[]))
            and ($4::text[] is null or v.context = any ($4::text[]))
            and ($5::text is null or v.stream_kind = $5::text)
        order by v.position
        limit $6::bigint
    ) i
    where i.before < $7::bigint
) e on true
where h.id = 1
order by e.position;
