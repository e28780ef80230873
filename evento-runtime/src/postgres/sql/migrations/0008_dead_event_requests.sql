-- When an event was put aside first.
alter table evento.dead_event add column first_at bigint;

create index dead_event_key on evento.dead_event (component, version, context, key, position);

-- Why a consumer has paused itself.
alter table evento.consumer add column pause_reason text;

create table evento.dead_event_request (
    component text collate "C" not null,
    version bigint not null,
    context text collate "C" not null,
    id uuid not null,
    -- True until it is answered, then nothing: one of a consumer is open at a time.
    open boolean,
    kind text not null,
    request text not null,
    asked_at bigint not null,
    answer text,
    answered_at bigint,
    primary key (component, version, context, id),
    unique (component, version, context, open)
);
