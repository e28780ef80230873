create table if not exists event (
    position integer primary key,
    stream text not null,
    version integer not null,
    name text not null,
    payload text not null,
    at integer not null default (unixepoch()),
    unique (stream, version)
) strict;
