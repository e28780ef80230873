-- As `read_log.sql`, with events that were purged, and with what the log keeps beside an event.
-- ?1: after, ?2: until, ?3: names, ?4: contexts, ?5: stream kind, ?6: recorded until, ?7: limit, ?8: the event
-- at the position after which is read, if it is known
select
    h.position,
    (select id from event where position = min(h.position, ?2)),
    ?1 <= h.position and (?8 is null or (select id from event where position = ?1) is ?8),
    e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version,
    e.context, e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload, e.closes, e.purged
from head h
left join event e
    on e.position > ?1 and e.position <= ?2
    and (?3 is null or e.name in (select value from json_each(?3)))
    and (?4 is null or e.context in (select value from json_each(?4)))
    and (?5 is null or e.stream_kind = ?5)
    and (?6 is null or e.timestamp <= ?6)
where h.id = 1
order by e.position
limit ?7;
