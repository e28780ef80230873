-- As `read_log.sql`, with events that were purged, and with what the log keeps beside an event.
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
    l.position, l.event, l.same, e.position, e.id, e.version, e.name, e.payload_version, e.context, e.correlation_id,
    e.causation_id, e.timestamp, e.metadata, e.payload, e.stream_kind, e.stream_id, e.closes, e.purged
from log l
left join lateral (
    select
        i.*,
        sum(i.size) over (order by i.position rows between unbounded preceding and current row) - i.size as before
    from (
        select v.*
        from evento.event v
        where v.position > $1::bigint and v.position <= $2::bigint
            and case
                when ($3::text[] is null or v.name = any ($3::text[]))
                    and ($4::text[] is null or v.context = any ($4::text[]))
                    and ($5::text is null or v.stream_kind = $5::text)
                    and ($6::bigint is null or v.timestamp <= $6::bigint)
                    then true
            end is not null
        order by v.position
        limit (select $7::bigint)
    ) i
) e on e.before < $8::bigint
order by e.position;
