-- Holds a snapshot, an id of a transaction and a row of its own.
create table if not exists torture_unrelated (position bigint) engine = innodb;
set session transaction isolation level repeatable read;
start transaction with consistent snapshot;
select max(position) from evento_event;
insert into torture_unrelated (position) values (1);
