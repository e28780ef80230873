-- What is there already stays as it is when the new one only waits, unless a deadline is there: that has its timer.
insert into dead_event (component, version, context, position, key, error, attempts, at, timer, first_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
on conflict (component, version, context, position, key) do update
set error = excluded.error, attempts = excluded.attempts, at = excluded.at, timer = excluded.timer
where excluded.error is not null or dead_event.timer is not null;
