-- Whoever holds the head of the log holds up all other appends: the server ends it when the next statement does not come.
begin isolation level read committed;
set local idle_in_transaction_session_timeout = '5s';
set local lock_timeout = '20s';
set local jit = off;
