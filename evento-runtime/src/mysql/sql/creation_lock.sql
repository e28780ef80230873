-- Of two processes that create a consumer, the second waits here. It is a lock of the session: what a handler sets up ends
-- any transaction when it creates a table.
select cast(get_lock(concat('evento_', left(sha2(concat_ws('/', database(), ?, ?, ?, ?), 256), 40)), ?) as signed);
