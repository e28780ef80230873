create table if not exists events (
    aggregate_type text not null,
    aggregate_id text not null,
    sequence integer not null,
    event_type text not null,
    event_version text not null,
    payload text not null,
    metadata text not null,
    primary key (aggregate_type, aggregate_id, sequence)
);
create table if not exists balance (
    view_id text not null primary key,
    version integer not null,
    payload text not null
);
