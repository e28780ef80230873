set transaction isolation level read committed;
start transaction;
delete from evento_projector_version where component = ? and version = ?;
update evento_projector set newest = serving where component = ? and newest = ?;
commit;
