-- Begins a group: the head, and for each append what is known of its command and of its stream.
-- ?1: [[stream kind, stream id, command], ..]
begin immediate;

select position, incarnation from head where id = 1;

select r.key, s.version, s.closes, l.command, l.name, l.digest, l.cause, l.at, l.first, l.count, l.reason
from json_each(?1) r
left join ledger l on l.command = r.value ->> 2
left join event s on s.stream_kind = r.value ->> 0 and s.stream_id = r.value ->> 1 and s.version = (
    select max(e.version) from event e where e.stream_kind = r.value ->> 0 and e.stream_id = r.value ->> 1
);
