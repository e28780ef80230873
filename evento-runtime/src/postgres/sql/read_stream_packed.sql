-- Like `read_stream.sql`, with the events as one value, see `packed.rs`. One that is too large for that, or was purged, is
-- counted, but not sent.
-- $1, $2: stream; $3: after; $4: limit; $5: the largest event in bytes
select count(*), count(i.packed), string_agg(i.packed, ''::bytea)
from (
    select
        case
            when not v.purged and v.size <= $5::bigint
                then record_send(row(
                    v.position, v.version, v.payload_version, v.timestamp, v.id, v.correlation_id, v.causation_id,
                    v.name, v.context, v.metadata, v.payload
                ))
        end as packed
    from evento.event v
    where v.stream_kind = $1::text and v.stream_id = $2::text and v.version > $3::bigint
    order by v.version
    limit (select $4::bigint)
) i;
