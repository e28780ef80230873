-- Nothing moves outside the transaction that was begun for it: without its mark, the first statement fails. Nor does it move
-- to an event that is not there.
release savepoint evento_transaction;
update evento_consumer set checkpoint = ?
where component = ? and version = ? and context = ? and epoch = ? and token = ?
    and (? is null or exists (select 1 from evento_event e where e.position = ? and e.id = ?));
