-- Like `read_log.sql`, with the events as one value, see `packed.rs`. One that is too large for that is counted, but not sent.
-- They come in the order in which they are found; whoever unpacks them makes sure of it.
-- $1: after, $2: until, $3: names, $4: contexts, $5: stream kind, $6: recorded until, $7: limit, $8: the largest event in
-- bytes, $9: the event at the position after which is read, if it is known
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
select l.position, l.event, l.same, p.found, p.sent, p.events
from log l
cross join (
    select count(*) as found, count(i.packed) as sent, string_agg(i.packed, ''::bytea) as events
    from (
        select
            case
                when v.size <= $8::bigint
                    then record_send(row(
                        v.position, v.version, v.payload_version, v.timestamp, v.id, v.correlation_id, v.causation_id,
                        v.name, v.context, v.metadata, v.payload, v.stream_kind, v.stream_id
                    ))
            end as packed
        from evento.event v
        where v.position > $1::bigint and v.position <= $2::bigint
            and case
                when not v.purged
                    and ($3::text[] is null or v.name = any ($3::text[]))
                    and ($4::text[] is null or v.context = any ($4::text[]))
                    and ($5::text is null or v.stream_kind = $5::text)
                    and ($6::bigint is null or v.timestamp <= $6::bigint)
                    then true
            end is not null
        order by v.position
        limit (select $7::bigint)
    ) i
) p;
