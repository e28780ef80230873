set transaction isolation level read committed;
start transaction;
update evento_consumer set epoch = epoch + 1, code_version = ? where component = ? and version = ? and context = ?;
select epoch, checkpoint from evento_consumer where component = ? and version = ? and context = ?;
commit;
