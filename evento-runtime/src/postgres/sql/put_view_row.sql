-- $5, $6: the fields and values by which the row is found
with r as (
    insert into evento.view_row (view, version, id, body) values ($1, $2, $3, $4::text::json)
    on conflict (view, version, id) do update set body = excluded.body
),
d as (
    delete from evento.view_index i
    where i.view = $1 and i.version = $2 and i.id = $3
        and not exists (
            select 1 from unnest($5::text[], $6::text[]) as n (field, value)
            where n.field = i.field and n.value = i.value
        )
)
insert into evento.view_index (view, version, field, value, id)
select $1, $2, n.field, n.value, $3 from unnest($5::text[], $6::text[]) as n (field, value)
on conflict do nothing;
