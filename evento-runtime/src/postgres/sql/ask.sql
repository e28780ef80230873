-- $4: the id; $5: the kind; $6: what; $7: when; $8: until when replays that were answered are forgotten
with forgotten as (
    delete from evento.dead_event_request
    where component = $1 and version = $2 and context = $3 and kind = 'replay' and answered_at < $8
)
insert into evento.dead_event_request (component, version, context, id, open, kind, request, asked_at)
select component, version, context, $4, true, $5, $6, $7 from evento.consumer
where component = $1 and version = $2 and context = $3
on conflict do nothing;
