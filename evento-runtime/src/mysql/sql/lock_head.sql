-- A statement of its own: the next one sees all that was committed before the lock was given.
select position from evento_head where id = 1 for update;
