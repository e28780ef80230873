-- $4: whether it begins at the head
insert into evento.consumer (component, version, context, checkpoint, epoch, token, code_version)
select $1, $2, $3, case when $4::boolean then position else 0 end, 0, '00000000-0000-0000-0000-000000000000', $5 from evento.head where id = 1
on conflict do nothing
returning checkpoint;
