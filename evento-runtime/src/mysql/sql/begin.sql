-- The savepoint is the mark of our transaction, which goes with it, also when somebody ends it with a statement of his own.
set transaction isolation level read committed;
start transaction;
savepoint evento_transaction;
