select name, digest, cause, at, first, count, reason from ledger where command = ?1;
