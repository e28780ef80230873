-- Ends a group. ?1: the accepted commands, ?2: their events, ?3: the new head.
insert into ledger (command, name, digest, cause, at, first, count)
select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
from json_each(?1);

insert into event (
    position, id, stream_kind, stream_id, version, name, payload_version, context, correlation_id, causation_id,
    timestamp, closes, metadata, payload
)
select
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
    value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13
from json_each(?2);

update head set position = ?3 where id = 1;

commit;
