with noted as (
    insert into evento.skip (component, version, context, position, reason, at)
    select component, version, context, $4, $5, $6 from evento.consumer
    where component = $1 and version = $2 and context = $3
    on conflict (component, version, context, position) do update set reason = excluded.reason, at = excluded.at
)
update evento.consumer set epoch = epoch + 1, token = gen_random_uuid(), owner = null
where component = $1 and version = $2 and context = $3;
