-- $4: whether it begins at the head
insert into evento.consumer (component, version, context, checkpoint, epoch, code_version)
select $1, $2, $3, case when $4::boolean then position else 0 end, 0, $5 from evento.head where id = 1
on conflict do nothing
returning checkpoint;
