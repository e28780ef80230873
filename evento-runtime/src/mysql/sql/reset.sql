set transaction isolation level read committed;
start transaction;
update evento_consumer
set
    replay_until = greatest(replay_until, checkpoint), checkpoint = ?, replay_sends = ?, resets = resets + 1, epoch = epoch + 1,
    token = unhex(left(sha2(concat(uuid(), rand()), 256), 32)), owner = null
where component = ? and version = ? and context = ?;
commit;
