-- As `read_log.sql`, with events that were purged, and with what the log keeps beside an event. The filters of the query
-- stand where the comment is.
select
    h.position, m.id, cast(? <= h.position and (? is null or coalesce(k.id = ?, 0)) as signed),
    e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version, e.context,
    e.correlation_id, e.causation_id, e.timestamp, e.metadata, e.payload,
    cast(e.closes as signed), cast(e.purged as signed)
from evento_head h
left join evento_event m on m.position = least(h.position, ?)
left join evento_event k on k.position = ?
left join (
    select
        v.position,
        sum(v.size) over (order by v.position rows between unbounded preceding and current row) - v.size as before_it
    from (
        select position, size from evento_event
        where position > ? and position <= ? /* filters */
        order by position
        limit ?
    ) v
) i on i.before_it < ?
left join evento_event e on e.position = i.position
where h.id = 1
order by e.position;
