create table if not exists event (
    position integer primary key,
    account text not null,
    version integer not null,
    payload text not null,
    unique (account, version)
);
create table if not exists checkpoint (consumer text primary key, position integer not null);
create table if not exists balance (account text primary key, balance integer not null);
