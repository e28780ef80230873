create table evento.timer (
    saga text collate "C" not null,
    saga_id uuid not null,
    key text collate "C" not null,
    id uuid not null,
    name text collate "C" not null,
    correlation_id uuid not null,
    causation_id uuid not null,
    due bigint not null,
    metadata json not null,
    context text collate "C" not null,
    payload json not null,
    primary key (saga, saga_id, key)
);

create unique index timer_due on evento.timer (saga, due, saga_id, key);

create table evento.unmatched_event (
    saga text collate "C" not null,
    position bigint not null,
    event text collate "C" not null,
    association text collate "C" not null,
    value text collate "C" not null,
    at bigint not null,
    primary key (saga, position)
);
