-- The events come as one text, see `packed.rs`: each value of each row costs more on its way to another thread than all it
-- takes to make the text. One that is too large for that, or was purged, is counted, but not sent.
-- ?1, ?2: stream, ?3: after, ?4: limit, ?5: the largest event in bytes
select count(*), count(packed), group_concat(packed, ' ')
from (
    select
        case
            when purged = 0 and octet_length(payload) + octet_length(metadata) <= ?5
                then concat_ws(
                    ' ', position, version, payload_version, timestamp, id, correlation_id, causation_id,
                    octet_length(name), name, octet_length(context), context,
                    octet_length(metadata), metadata, octet_length(payload), payload
                )
        end as packed
    from event
    where stream_kind = ?1 and stream_id = ?2 and version > ?3
    order by version
    limit ?4
);
