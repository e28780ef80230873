-- Makes sure that there is a version, and that it may be written: a database for reading is told when it is opened, and not
-- by the first append.
insert into evento_schema (id, version) values (1, 0) on duplicate key update id = id;
