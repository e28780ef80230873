-- What is there already stays as it is when the new one only waits, unless a deadline is there: that has its timer. Columns are
-- set one after the other, so the one that decides comes last.
insert into evento_dead_event (component, version, context, position, `key`, error, attempts, at, timer, first_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on duplicate key update
    attempts = if(values(error) is not null or timer is not null, values(attempts), attempts),
    at = if(values(error) is not null or timer is not null, values(at), at),
    error = if(values(error) is not null or timer is not null, values(error), error),
    timer = if(values(error) is not null or timer is not null, values(timer), timer);
