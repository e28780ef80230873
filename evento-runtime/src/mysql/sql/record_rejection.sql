insert into evento_ledger (command, name, digest, cause, at, reason, forgotten_by) values (?, ?, ?, ?, ?, ?, ?);
