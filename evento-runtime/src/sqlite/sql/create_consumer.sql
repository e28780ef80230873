-- ?4: whether it begins at the head
insert into consumer (component, version, context, checkpoint, epoch, token, code_version)
select ?1, ?2, ?3, iif(?4, position, 0), 0, '00000000000000000000000000000000', ?5 from head where id = 1
on conflict do nothing
returning checkpoint;
