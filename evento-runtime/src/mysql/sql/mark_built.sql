-- Nothing is noted outside the transaction that was begun for it: without its mark, the first statement fails.
release savepoint evento_transaction;
savepoint evento_transaction;
update evento_projector_version set built = 1 where component = ? and version = ? and context = ?;
select context from evento_projector_version where component = ? and version = ? and built = 1;
