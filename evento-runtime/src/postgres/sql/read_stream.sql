-- Events beyond the limit in bytes are not sent. The limit in rows stands next to the index, so that reading ends with it. It
-- is a subquery, so that a planner cannot see how large it is, and does not take the stream for shorter than that.
-- $1, $2: stream; $3: after; $4: limit; $5: limit in bytes
select
    i.purged, i.position, i.id, i.version, i.name, i.payload_version, i.context, i.correlation_id, i.causation_id,
    i.timestamp, i.metadata, i.payload
from (
    select
        v.*,
        sum(v.size) over (order by v.version rows between unbounded preceding and current row) - v.size as before
    from (
        select *
        from evento.event
        where stream_kind = $1::text and stream_id = $2::text and version > $3::bigint
        order by version
        limit (select $4::bigint)
    ) v
) i
where i.before < $5::bigint
order by i.version;
