-- What the connections of our own pool are told: nothing of it is left to the defaults of the server or the user.
-- The time limits end what a process has begun that is paused or has vanished. MySQL has one for idle connections only.
set session transaction isolation level read committed;
set session
    autocommit = 1, completion_type = 0, sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES'), sql_safe_updates = 0,
    sql_select_limit = default, innodb_lock_wait_timeout = 20, lock_wait_timeout = 20
    /*M! , idle_transaction_timeout = 10 */ /*!80000 , wait_timeout = 60 */;
