-- One statement sees one state of the database, so head and events belong together. Without an event, the row of the head
-- stands alone. ?1: after, ?2: until, ?3: names, ?4: contexts, ?5: stream kind, ?6: limit
select
    h.position as head, e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version, e.context,
    e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload
from head h
left join event e
    on e.position > ?1 and e.position <= ?2
    and (?3 is null or e.name in (select value from json_each(?3)))
    and (?4 is null or e.context in (select value from json_each(?4)))
    and (?5 is null or e.stream_kind = ?5)
where h.id = 1
order by e.position
limit ?6;
