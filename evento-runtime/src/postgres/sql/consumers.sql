select
    c.component, c.version, c.context, c.checkpoint, c.epoch, c.token, c.code_version,
    (select n.id from evento.node n where n.id = c.owner and n.expires_at > (extract(epoch from clock_timestamp()) * 1000)::bigint),
    c.paused, c.resets,
    c.pause_reason,
    (
        select r.id from evento.dead_event_request r
        where r.component = c.component and r.version = c.version and r.context = c.context and r.open
    ),
    c.replay_until, c.replay_sends
from evento.consumer c
order by c.component, c.version, c.context;
