-- Many rows of a view; what stays the same of their indexes is left alone. $3: ids; $4: bodies; $5: the fields and values by
-- which each row is found, as [[field, value], ..]
with r as (
    insert into evento.view_row (view, version, id, body)
    select $1::text, $2::bigint, n.id, n.body::json
    from unnest($3::text[], $4::text[]) as n (id, body)
    on conflict (view, version, id) do update set body = excluded.body
),
d as (
    delete from evento.view_index
    where ctid = any (array(
        select i.place
        from unnest($3::text[], $5::text[]) as n (id, fields)
        cross join lateral (
            select v.ctid as place, v.field, v.value
            from evento.view_index v
            where v.view = $1::text and v.version = $2::bigint and v.id = n.id
            offset 0
        ) i
        where not exists (
            select 1 from json_array_elements(n.fields::json) as f
            where f ->> 0 = i.field and f ->> 1 = i.value
        )
    ))
)
insert into evento.view_index (view, version, field, value, id)
select $1::text, $2::bigint, f ->> 0, f ->> 1, n.id
from unnest($3::text[], $5::text[]) as n (id, fields)
cross join lateral json_array_elements(n.fields::json) as f
on conflict do nothing;
