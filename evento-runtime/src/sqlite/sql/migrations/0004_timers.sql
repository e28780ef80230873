create table timer (
    saga text not null,
    saga_id text not null,
    key text not null,
    id text not null,
    name text not null,
    correlation_id text not null,
    causation_id text not null,
    due integer not null,
    metadata text not null,
    context text not null,
    payload text not null,
    primary key (saga, saga_id, key)
) strict, without rowid;

create unique index timer_due on timer (saga, due, saga_id, key);

create table unmatched_event (
    saga text not null,
    position integer not null,
    event text not null,
    association text not null,
    value text not null,
    at integer not null,
    primary key (saga, position)
) strict, without rowid;
