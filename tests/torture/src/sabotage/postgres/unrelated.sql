-- Holds a snapshot, an id of a transaction and a table of its own.
begin isolation level repeatable read;
create temporary table unrelated as select max(position) as position from evento.event;
