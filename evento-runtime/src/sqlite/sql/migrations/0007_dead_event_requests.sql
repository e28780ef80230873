-- When an event was put aside first.
alter table dead_event add column first_at integer;

create index dead_event_key on dead_event (component, version, context, key, position);

-- Why a consumer has paused itself.
alter table consumer add column pause_reason text;

create table dead_event_request (
    component text not null,
    version integer not null,
    context text not null,
    id text not null,
    -- 1 until it is answered, then nothing: one of a consumer is open at a time.
    open integer,
    kind text not null,
    request text not null,
    asked_at integer not null,
    answer text,
    answered_at integer,
    primary key (component, version, context, id),
    unique (component, version, context, open)
) strict;
