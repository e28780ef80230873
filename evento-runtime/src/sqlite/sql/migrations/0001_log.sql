create table head (
    id integer primary key check (id = 1),
    position integer not null,
    -- Names this log, so that another one in its place is noticed.
    incarnation text not null
) strict;

insert into head (id, position, incarnation) values (1, 0, lower(hex(randomblob(16))));

-- What a scan looks at comes first, so that it need not read the pages on which long payloads go on.
create table event (
    position integer primary key,
    name text not null,
    context text not null,
    stream_kind text not null,
    stream_id text not null,
    version integer not null,
    payload_version integer not null,
    id text not null,
    correlation_id text not null,
    causation_id text not null,
    timestamp integer not null,
    closes integer not null,
    -- Whether only its place is left.
    purged integer not null default 0,
    metadata text not null,
    payload text not null,
    unique (stream_kind, stream_id, version)
) strict;

create index event_closing on event (position) where closes = 1 and purged = 0;

create table ledger (
    command text primary key,
    name text not null,
    digest integer not null,
    cause text,
    at integer not null,
    -- The position of the first event, or the head at that time when there is none.
    first integer not null,
    -- Of an acceptance.
    count integer,
    -- Of a rejection.
    reason text,
    check ((reason is null) = (count is not null))
) strict, without rowid;

create index ledger_rejection on ledger (cause) where reason is not null;

create table snapshot (
    stream_kind text not null,
    stream_id text not null,
    version integer not null,
    hash integer not null,
    state text not null,
    primary key (stream_kind, stream_id)
) strict;
