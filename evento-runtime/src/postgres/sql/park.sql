insert into evento.dead_event (component, version, context, position, key, error, attempts, at, timer)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (component, version, context, position, key) do update
set error = excluded.error, attempts = excluded.attempts, at = excluded.at, timer = excluded.timer;
