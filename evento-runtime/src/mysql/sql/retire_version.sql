-- The record of the projector is locked first, so that what is seen behind it stays.
set transaction isolation level read committed;
start transaction;
select serving from evento_projector where component = ? for update;
delete from evento_dead_event where component = ? and version = ?
    and exists (select 1 from evento_projector p where p.component = ? and p.serving <> ?);
delete from evento_skip where component = ? and version = ?
    and exists (select 1 from evento_projector p where p.component = ? and p.serving <> ?);
delete from evento_consumer where component = ? and version = ?
    and exists (select 1 from evento_projector p where p.component = ? and p.serving <> ?);
select 1 from evento_projector p where p.component = ? and p.serving <> ?;
commit;
