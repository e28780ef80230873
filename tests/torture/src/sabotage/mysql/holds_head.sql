-- A writer has no other transaction with locks that could wait for its next statement.
select count(*)
from information_schema.processlist p
join information_schema.innodb_trx t on t.trx_mysql_thread_id = p.id
where p.user = ? and p.command = 'Sleep' and t.trx_rows_locked > 0;
