-- ?1: [[stream kind, stream id], ..]
delete from snapshot
where (stream_kind, stream_id) in (select value ->> 0, value ->> 1 from json_each(?1));

update event set purged = 1, metadata = '{}', payload = 'null'
from json_each(?1) r
where stream_kind = r.value ->> 0 and stream_id = r.value ->> 1;
