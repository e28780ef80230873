-- What a store wants to know of a server: its settings, and whether it can be written.
select
    current_setting('fsync') = 'on',
    current_setting('synchronous_commit'),
    current_setting('full_page_writes') = 'on',
    current_setting('server_encoding'),
    current_setting('default_transaction_isolation') = 'read committed',
    pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on',
    current_database()::text,
    current_setting('server_version_num')::bigint;
