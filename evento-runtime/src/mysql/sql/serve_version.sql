-- The record of the projector is locked first, so that what is seen behind it stays.
set transaction isolation level read committed;
start transaction;
select serving from evento_projector where component = ? for update;
update evento_projector set serving = ?, newest = greatest(newest, ?)
where component = ? and exists (select 1 from evento_consumer c where c.component = ? and c.version = ?);
commit;
