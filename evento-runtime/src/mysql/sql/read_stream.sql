-- Events beyond the limit in bytes are not sent.
select
    e.purged, e.position, e.id, e.stream_kind, e.stream_id, e.version, e.name, e.payload_version, e.context, e.correlation_id,
    e.causation_id, e.timestamp, e.metadata, e.payload
from (
    select
        v.position, v.version,
        sum(v.size) over (order by v.version rows between unbounded preceding and current row) - v.size as before_it
    from (
        select position, version, size from evento_event
        where stream_kind = ? and stream_id = ? and version > ?
        order by version
        limit ?
    ) v
) i
join evento_event e on e.position = i.position
where i.before_it < ?
order by i.version;
