set transaction isolation level read committed;
start transaction;
update evento_consumer set epoch = epoch + 1, token = random_bytes(16), code_version = ?
where component = ? and version = ? and context = ?;
select epoch, token, checkpoint from evento_consumer where component = ? and version = ? and context = ?;
commit;
