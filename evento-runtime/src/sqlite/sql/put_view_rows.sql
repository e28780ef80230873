-- Many rows of a view. ?3: the body of each id, as one object; ?4: the indexed values of each id, as [[field, value], ..]
insert into view_row (view, version, id, body)
select ?1, ?2, key, value from json_each(?3) where true
on conflict (view, version, id) do update set body = excluded.body;

-- What stays the same is left alone.
delete from view_index
where (view, version, field, value, id) in (
    select i.view, i.version, i.field, i.value, i.id
    from json_each(?4) n
    cross join view_index i on i.view = ?1 and i.version = ?2 and i.id = n.key
    where not exists (
        select 1 from json_each(n.value) f where f.value ->> 0 = i.field and f.value ->> 1 = i.value
    )
);

insert into view_index (view, version, field, value, id)
select ?1, ?2, f.value ->> 0, f.value ->> 1, n.key
from json_each(?4) n
cross join json_each(n.value) f
where true
on conflict do nothing;
