select name, digest, cause, at, first, count, reason from evento_ledger where command = ?;
