select name, digest, cause, at, first, count, reason from evento.ledger where command = $1;
