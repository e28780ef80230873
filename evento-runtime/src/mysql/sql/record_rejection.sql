insert into evento_ledger (command, name, digest, cause, at, first, reason, forgotten_by)
select ?, ?, ?, ?, ?, position, ?, ? from evento_head where id = 1;
