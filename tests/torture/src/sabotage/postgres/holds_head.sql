-- Not while it waits for the lock itself: then it is active.
select count(*)
from pg_stat_activity a
where a.application_name = $1 and a.state = 'idle in transaction'
    and exists (
        select from pg_locks l where l.pid = a.pid and l.relation = 'evento.head'::regclass and l.mode in ('RowShareLock', 'RowExclusiveLock')
    );
