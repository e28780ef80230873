create table event (
    position bigint generated always as identity primary key,
    stream text not null,
    version bigint not null,
    name text not null,
    payload json not null,
    at timestamptz not null default now(),
    unique (stream, version)
);

create table head (position bigint not null) with (fillfactor = 10);

insert into head (position) values (0);

create table checkpoint (position bigint not null) with (fillfactor = 10);

insert into checkpoint (position) values (0);

create table balance (account text primary key, balance bigint not null);
