-- The update comes first: it waits for whoever moves the checkpoint, and looks at it again.
with fenced as (
    update evento.consumer set epoch = epoch + 1, token = gen_random_uuid(), owner = null
    where component = $1 and version = $2 and context = $3 and checkpoint < $4
    returning component, version, context
)
insert into evento.skip (component, version, context, position, reason, at)
select component, version, context, $4, $5, $6 from fenced
on conflict (component, version, context, position) do update set reason = excluded.reason, at = excluded.at;
