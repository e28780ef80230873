-- Nothing moves outside the transaction that was begun for it: without its mark, the first statement fails.
release savepoint evento_transaction;
update evento_consumer set checkpoint = ? where component = ? and version = ? and context = ? and epoch = ?;
