delete from evento_ledger where forgotten_by = ?;
