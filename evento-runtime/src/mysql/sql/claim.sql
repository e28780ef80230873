-- The token: MariaDB has a function that draws bytes only since 10.10.
set transaction isolation level read committed;
start transaction;
update evento_consumer set epoch = epoch + 1, token = unhex(left(sha2(concat(uuid(), rand()), 256), 32)), code_version = ?
where component = ? and version = ? and context = ? and code_version <= ?;
select epoch, token, checkpoint from evento_consumer
where component = ? and version = ? and context = ? and code_version <= ?;
commit;
