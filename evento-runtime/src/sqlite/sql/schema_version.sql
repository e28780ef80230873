create table if not exists evento_schema (
    id integer primary key check (id = 1),
    version integer not null
) strict;

insert into evento_schema (id, version) values (1, 0) on conflict (id) do nothing;

select version from evento_schema where id = 1;
