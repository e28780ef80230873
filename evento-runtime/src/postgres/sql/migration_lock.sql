-- Of two processes that open a new database, the second waits here. The lock goes with the transaction.
select pg_advisory_xact_lock(hashtext('evento'), hashtext($1::text));
