-- ?6: the associations as [[field, value], ..]
insert into saga (saga, id, code_version, started_at, last_event, associations, state)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
on conflict (saga, id) do update
set code_version = excluded.code_version, started_at = excluded.started_at, last_event = excluded.last_event,
    associations = excluded.associations, state = excluded.state;

delete from saga_association where saga = ?1 and id = ?2;

insert into saga_association (saga, field, value, id)
select ?1, value ->> 0, value ->> 1, ?2 from json_each(?6) where true
on conflict do nothing;
