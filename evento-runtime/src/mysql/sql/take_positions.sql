-- Takes positions from the head of the log that was seen last, and keeps what is found under its lock. The guard sees all
-- that was committed before the lock was given. Where it is not met there is no base, and the next statement fails.
start transaction;
update evento_head set position = last_insert_id(position) + ?
where id = 1 and incarnation = ? and fence = ? and position >= ?;
set @evento_base = if(
    row_count() = 1 and (? is null or exists (select 1 from evento_event s where s.position = ? and s.id = ?)),
    last_insert_id(), null
);
