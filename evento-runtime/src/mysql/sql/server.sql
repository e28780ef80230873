-- What a store wants to know of a server and a session.
select
    cast(version() as char), cast(@@innodb_flush_log_at_trx_commit as signed), cast(@@innodb_doublewrite as char),
    cast(@@log_bin as signed), cast(@@sync_binlog as signed), cast(@@max_allowed_packet as signed), database();
