select
    c.component, c.version, c.context, c.checkpoint, c.epoch, c.token, c.code_version,
    (select n.id from node n where n.id = c.owner and n.expires_at > cast(unixepoch('now', 'subsec') * 1000 as integer)),
    c.paused, c.resets,
    c.pause_reason,
    (
        select r.id from dead_event_request r
        where r.component = c.component and r.version = c.version and r.context = c.context and r.open = 1
    ),
    c.replay_until, c.replay_sends
from consumer c
where c.component = ?1 and c.version = ?2 and c.context = ?3;
