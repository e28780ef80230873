-- First what leads to the rows.
set transaction isolation level read committed;
start transaction;
delete from evento_view_index where view = ? and version = ? limit ?;
delete from evento_view_row where view = ? and version = ? limit ?;
commit;
