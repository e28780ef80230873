insert into evento_consumer (component, version, context, checkpoint, epoch, token, code_version)
select ?, ?, ?, ?, 0, x'00000000000000000000000000000000', ? from evento_head h
where h.id = 1 and (? is null or exists (select 1 from evento_event e where e.position = ? and e.id = ?));
