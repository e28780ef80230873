create table evento.head (
    id integer primary key check (id = 1),
    position bigint not null,
    -- Names this log, so that another one in its place is noticed.
    incarnation uuid not null,
    -- Counted up to make sure that an append whose connection was lost, and which was not found, does not come later.
    fence bigint not null
    -- The one row of the log that changes all the time: with room on its page it changes in place.
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

insert into evento.head (id, position, incarnation, fence) values (1, 0, gen_random_uuid(), 0);

-- Texts that are looked up compare byte by byte: the same on every machine, and after every update of its collations.
create table evento.event (
    position bigint primary key,
    name text collate "C" not null,
    context text collate "C" not null,
    stream_kind text collate "C" not null,
    stream_id text collate "C" not null,
    version bigint not null,
    payload_version bigint not null,
    id uuid not null,
    correlation_id uuid not null,
    causation_id uuid not null,
    -- Milliseconds since 1970.
    timestamp bigint not null,
    closes boolean not null,
    -- Whether only its place is left.
    purged boolean not null default false,
    -- In bytes, as it counts for limits.
    size integer not null,
    -- Of the type json and not jsonb: it keeps every letter.
    metadata json not null,
    payload json not null,
    unique (stream_kind, stream_id, version)
);

create index event_closing on evento.event (position) where closes and not purged;

create table evento.ledger (
    command uuid primary key,
    name text not null,
    digest bigint not null,
    cause uuid,
    at bigint not null,
    -- The position of the first event, or the head at that time when there is none.
    first bigint not null,
    -- Of an acceptance.
    count bigint,
    -- Of a rejection.
    reason text,
    check ((reason is null) = (count is not null))
);

create index ledger_rejection on evento.ledger (cause) where reason is not null;

create table evento.snapshot (
    stream_kind text collate "C" not null,
    stream_id text collate "C" not null,
    version bigint not null,
    hash bigint not null,
    state json not null,
    primary key (stream_kind, stream_id)
);
