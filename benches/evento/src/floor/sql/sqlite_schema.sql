create table if not exists event (
    position integer primary key,
    stream text not null,
    version integer not null,
    name text not null,
    payload text not null,
    at integer not null default (unixepoch()),
    unique (stream, version)
) strict;

create table if not exists checkpoint (position integer not null) strict;

insert into checkpoint (position) values (0);

create table if not exists balance (account text primary key, balance integer not null) strict;
