begin isolation level read committed read only;
set local idle_in_transaction_session_timeout = '60s';
