set transaction isolation level read committed;
start transaction;
-- Waits for whoever moves the checkpoint. From here on it stays.
select checkpoint from evento_consumer
where component = ? and version = ? and context = ? for update;
replace into evento_skip (component, version, context, position, reason, at)
select component, version, context, ?, ?, ? from evento_consumer
where component = ? and version = ? and context = ? and checkpoint < ?;
update evento_consumer
set epoch = epoch + 1, token = unhex(left(sha2(concat(uuid(), rand()), 256), 32)), owner = null
where component = ? and version = ? and context = ? and checkpoint < ?;
commit;
