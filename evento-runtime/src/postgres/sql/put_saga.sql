-- $6: the associations as JSON; $8, $9: their fields and values
with s as (
    insert into evento.saga (saga, id, code_version, started_at, last_event, associations, state)
    values ($1, $2, $3, $4, $5, $6::text::json, $7::text::json)
    on conflict (saga, id) do update
    set code_version = excluded.code_version, started_at = excluded.started_at, last_event = excluded.last_event,
        associations = excluded.associations, state = excluded.state
),
d as (
    delete from evento.saga_association a
    where a.saga = $1 and a.id = $2
        and not exists (
            select 1 from unnest($8::text[], $9::text[]) as n (field, value)
            where n.field = a.field and n.value = a.value
        )
)
insert into evento.saga_association (saga, field, value, id)
select $1, n.field, n.value, $2 from unnest($8::text[], $9::text[]) as n (field, value)
on conflict do nothing;
