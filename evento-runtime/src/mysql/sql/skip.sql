set transaction isolation level read committed;
start transaction;
replace into evento_skip (component, version, context, position, reason, at)
select component, version, context, ?, ?, ? from evento_consumer
where component = ? and version = ? and context = ?;
update evento_consumer
set epoch = epoch + 1, token = unhex(left(sha2(concat(uuid(), rand()), 256), 32)), owner = null
where component = ? and version = ? and context = ?;
commit;
