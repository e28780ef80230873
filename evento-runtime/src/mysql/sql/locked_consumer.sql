-- Waits for the commit of somebody who moves the checkpoint, also when his connection was lost.
set transaction isolation level read committed;
start transaction;
select
    c.component, c.version, c.context, c.checkpoint, c.epoch, c.token, c.code_version,
    (select n.id from evento_node n where n.id = c.owner and n.expires_at > timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000),
    cast(c.paused as signed), c.resets,
    c.pause_reason,
    (
        select r.id from evento_dead_event_request r
        where r.component = c.component and r.version = c.version and r.context = c.context and r.open = 1
    ),
    c.replay_until, cast(c.replay_sends as signed)
from evento_consumer c
where c.component = ? and c.version = ? and c.context = ?
lock in share mode;
commit;
