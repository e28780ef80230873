delete from evento.ledger where cause = $1 and reason is not null;
