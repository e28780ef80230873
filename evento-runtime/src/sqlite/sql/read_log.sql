-- One statement sees one state of the database, so head and events belong together. Without an event, the row of the head
-- stands alone. ?1: after, ?2: until, ?3: names, ?4: contexts, ?5: stream kind, ?6: recorded until, ?7: limit, ?8: the event
-- at the position after which is read, if it is known. The head is looked up by its key and not in a common table expression:
-- only so does SQLite see that there is one, and nothing to sort.
select
    h.position,
    (select id from event where position = min(h.position, ?2)),
    ?1 <= h.position and (?8 is null or (select id from event where position = ?1) is ?8),
    e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version,
    e.context, e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload
from head h
left join event e
    on e.position > ?1 and e.position <= ?2
    and e.purged = 0
    and (?3 is null or e.name in (select value from json_each(?3)))
    and (?4 is null or e.context in (select value from json_each(?4)))
    and (?5 is null or e.stream_kind = ?5)
    and (?6 is null or e.timestamp <= ?6)
where h.id = 1
order by e.position
limit ?7;
