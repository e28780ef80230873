-- The server commits after each statement that creates a table, so each of them can run again.
create table if not exists evento_head (
    id integer not null primary key check (id = 1),
    position bigint not null,
    -- Names this log, so that another one in its place is noticed.
    incarnation binary(16) not null,
    -- Counted up to make sure that an append whose connection was lost, and which was not found, does not come later.
    fence bigint not null
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

-- MariaDB has a function that draws bytes only since 10.10.
insert into evento_head (id, position, incarnation, fence)
values (1, 0, unhex(left(sha2(concat(uuid(), rand()), 256), 32)), 0)
on duplicate key update id = id;

-- Texts that are looked up are kept as bytes: as texts, those that differ in spaces at their ends would be the same on one
-- server or the other. Identities are kept as 16 bytes: with 36 letters each, an event would be a quarter larger.
create table if not exists evento_event (
    -- The checks make a statement fail whose guard has not been met, whatever the mode of the session is.
    position bigint not null primary key check (position > 0),
    name varbinary(255) not null,
    context varbinary(255) not null,
    stream_kind varbinary(255) not null,
    stream_id varbinary(2048) not null,
    version bigint not null check (version > 0),
    payload_version bigint not null,
    id binary(16) not null,
    correlation_id binary(16) not null,
    causation_id binary(16) not null,
    -- Milliseconds since 1970.
    timestamp bigint not null,
    closes boolean not null,
    -- The position of one that closes its stream, until that is purged.
    closing bigint,
    -- Whether only its place is left.
    purged boolean not null default false,
    -- In bytes, as it counts for limits.
    size bigint not null,
    -- JSON as a text and not of the type json: it keeps every letter.
    metadata longtext not null,
    payload longtext not null,
    unique key evento_stream (stream_kind, stream_id, version),
    key evento_closing (closing)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_ledger (
    command binary(16) not null primary key,
    name varbinary(255) not null,
    digest bigint not null,
    cause binary(16),
    at bigint not null,
    -- The position of the first event, or the head at that time when there is none.
    first bigint not null,
    -- Of an acceptance.
    count bigint,
    -- Of a rejection.
    reason longtext,
    -- The cause of a rejection, by which it is forgotten; null otherwise, so that the index holds nothing else to look at.
    forgotten_by binary(16),
    key evento_rejection (forgotten_by),
    check ((reason is null) = (count is not null))
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_snapshot (
    stream_kind varbinary(255) not null,
    stream_id varbinary(2048) not null,
    version bigint not null,
    hash bigint not null,
    state longtext not null,
    primary key (stream_kind, stream_id)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
