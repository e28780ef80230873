insert into evento.ledger (command, name, digest, cause, at, reason) values ($1, $2, $3, $4, $5, $6)
on conflict (command) do nothing;
