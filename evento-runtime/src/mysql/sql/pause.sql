set transaction isolation level read committed;
start transaction;
update evento_consumer set paused = ?, pause_reason = ?
where component = ? and version = ? and context = ?;
commit;
