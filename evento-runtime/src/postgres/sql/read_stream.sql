-- Events beyond the limit in bytes are not sent. $1, $2: stream; $3: after; $4: limit; $5: limit in bytes
select
    i.purged, i.position, i.id, i.stream_kind, i.stream_id, i.version, i.name, i.payload_version, i.context,
    i.correlation_id, i.causation_id, i.timestamp, i.metadata, i.payload
from (
    select
        v.*,
        sum(v.size) over (order by v.version rows between unbounded preceding and current row) - v.size as before
    from evento.event v
    where v.stream_kind = $1::text and v.stream_id = $2::text and v.version > $3::bigint
    order by v.version
    limit $4::bigint
) i
where i.before < $5::bigint
order by i.version;
