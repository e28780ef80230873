-- The head of the log, and what is known of streams. All of it is one row, because each row wakes the task that waits for it.
-- ?1: [[stream kind, stream id], ..]; ?2, ?3, ?4: the log as it was seen last, with the event at its head, or null
select h.position, h.incarnation, (select id from event where position = h.position),
    ?2 is null or h.incarnation = ?2 and h.position >= ?3 and (select id from event where position = ?3) is ?4,
    (
        select json_group_array(json_array(r.key, s.version, s.closes))
        from json_each(?1) r
        join event s on s.stream_kind = r.value ->> 0 and s.stream_id = r.value ->> 1 and s.version = (
            select max(e.version) from event e where e.stream_kind = r.value ->> 0 and e.stream_id = r.value ->> 1
        )
    )
from head h
where h.id = 1;
