insert into evento_ledger (command, name, digest, cause, at, first, count) values ?;
