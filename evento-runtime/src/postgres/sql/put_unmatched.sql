insert into evento.unmatched_event (saga, position, event, association, value, at)
values ($1, $2, $3, $4, $5, $6)
on conflict (saga, position) do update
set event = excluded.event, association = excluded.association, value = excluded.value, at = excluded.at;
