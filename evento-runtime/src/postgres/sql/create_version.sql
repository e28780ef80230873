create table evento.evento_schema (
    id integer primary key check (id = 1),
    version bigint not null
);

insert into evento.evento_schema (id, version) values (1, 0);
