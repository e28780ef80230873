-- One statement sees one state of the database, so head and events belong together. Without an event, the row of the head
-- stands alone: with the event at the end of what is read, and whether the log has the place behind which is read. Events
-- beyond the limit in bytes are not sent: `before_it` is the size of those before. The filters of the query stand where the
-- comment is.
select
    h.position, m.id, cast(? <= h.position and (? is null or coalesce(k.id = ?, 0)) as signed),
    e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version, e.context,
    e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload
from evento_head h
left join evento_event m on m.position = least(h.position, ?)
left join evento_event k on k.position = ?
left join (
    select
        v.position,
        sum(v.size) over (order by v.position rows between unbounded preceding and current row) - v.size as before_it
    from (
        select position, size from evento_event
        where position > ? and position <= ? and purged = 0 /* filters */
        order by position
        limit ?
    ) v
) i on i.before_it < ?
left join evento_event e on e.position = i.position
where h.id = 1
order by e.position;
