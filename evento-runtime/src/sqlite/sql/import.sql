-- ?1: the events, ?2: the new head, ?3: the incarnation of their log
insert into event (
    position, id, stream_kind, stream_id, version, name, payload_version, context, correlation_id, causation_id,
    timestamp, closes, purged, metadata, payload
)
select
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
    value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14
from json_each(?1);

update head set position = ?2, incarnation = ?3 where id = 1;
