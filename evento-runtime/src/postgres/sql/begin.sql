-- The server's default may be a stricter level, under which a write that meets another one fails instead of waiting. The
-- time limit ends what a process has begun that is paused or has vanished.
begin isolation level read committed;
set local idle_in_transaction_session_timeout = '10s';
set local evento_store.transaction = 'open';
