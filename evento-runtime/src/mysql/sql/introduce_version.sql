set transaction isolation level read committed;
start transaction;
insert into evento_projector (component, serving, newest) values (?, ?, ?)
on duplicate key update component = component;
insert into evento_projector_version (component, version, context, views) values (?, ?, ?, ?)
on duplicate key update views = ?;
commit;
