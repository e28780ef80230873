-- One statement sees one state of the database, so head and events belong together. The events come as one text, see
-- `packed.rs`: each value of each row costs more on its way to another thread than all it takes to make the text. One that is
-- too large for that is counted, but not sent.
-- ?1: after, ?2: until, ?3: names, ?4: contexts, ?5: stream kind, ?6: recorded until, ?7: limit, ?8: the event at the position
-- after which is read, if it is known, ?9: the largest event in bytes
with log as materialized (
    select
        position,
        (select id from event where position = min(h.position, ?2)) as event,
        ?1 <= position and (?8 is null or (select id from event where position = ?1) is ?8) as same
    from head h
    where h.id = 1
)
select l.position, l.event, l.same, p.found, p.sent, p.events
from log l
cross join (
    select count(*) as found, count(packed) as sent, group_concat(packed, ' ') as events
    from (
        select
            case
                when octet_length(e.payload) + octet_length(e.metadata) + octet_length(e.stream_id) <= ?9
                    then concat_ws(
                        ' ', e.position, e.version, e.payload_version, e.timestamp,
                        e.id, e.correlation_id, e.causation_id,
                        octet_length(e.name), e.name, octet_length(e.context), e.context,
                        octet_length(e.metadata), e.metadata, octet_length(e.payload), e.payload,
                        octet_length(e.stream_kind), e.stream_kind, octet_length(e.stream_id), e.stream_id
                    )
            end as packed
        from event e
        where e.position > ?1 and e.position <= ?2
            and e.purged = 0
            and (?3 is null or e.name in (select value from json_each(?3)))
            and (?4 is null or e.context in (select value from json_each(?4)))
            and (?5 is null or e.stream_kind = ?5)
            and (?6 is null or e.timestamp <= ?6)
        order by e.position
        limit ?7
    )
) p;
