insert into ledger (command, name, digest, cause, at, first, reason)
select ?1, ?2, ?3, ?4, ?5, position, ?6 from head where id = 1
on conflict (command) do nothing;
