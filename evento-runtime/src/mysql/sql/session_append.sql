-- What the connection that appends is told. Whoever holds the head of the log holds up all other appends: the server ends
-- it when the next statement does not come.
set session transaction isolation level read committed;
set session
    autocommit = 1, completion_type = 0, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', sql_safe_updates = 0,
    sql_select_limit = default, innodb_lock_wait_timeout = 20, lock_wait_timeout = 20
    /*M! , idle_transaction_timeout = 5 */ /*!80000 , wait_timeout = 5 */;
