delete from ledger where cause = ?1 and reason is not null;
