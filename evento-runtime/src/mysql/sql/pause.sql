set transaction isolation level read committed;
start transaction;
update evento_consumer set paused = ?
where component = ? and version = ? and context = ?;
commit;
