-- ?5: the indexed values as [[field, value], ..]
insert into view_row (view, version, id, body) values (?1, ?2, ?3, ?4)
on conflict (view, version, id) do update set body = excluded.body;

delete from view_index where view = ?1 and version = ?2 and id = ?3;

insert into view_index (view, version, field, value, id)
select ?1, ?2, value ->> 0, value ->> 1, ?3 from json_each(?5) where true
on conflict do nothing;
