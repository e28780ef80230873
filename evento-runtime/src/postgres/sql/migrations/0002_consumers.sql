create table evento.consumer (
    component text collate "C" not null,
    version bigint not null,
    context text collate "C" not null,
    checkpoint bigint not null,
    epoch bigint not null,
    token uuid not null,
    code_version bigint not null,
    primary key (component, version, context)
) with (fillfactor = 50);

create table evento.saga (
    saga text collate "C" not null,
    id uuid not null,
    code_version bigint not null,
    started_at bigint not null,
    last_event bigint not null,
    -- The associations as [[field, value], ..].
    associations json not null,
    state json not null,
    primary key (saga, id)
);

create table evento.saga_association (
    saga text collate "C" not null,
    field text collate "C" not null,
    value text collate "C" not null,
    id uuid not null,
    primary key (saga, field, value, id)
);

-- The id comes first, so that nobody takes it for an index to find by.
create index saga_association_id on evento.saga_association (id, saga);

create table evento.view_row (
    view text collate "C" not null,
    version bigint not null,
    id text collate "C" not null,
    body json not null,
    primary key (view, version, id)
);

create table evento.view_index (
    view text collate "C" not null,
    version bigint not null,
    field text collate "C" not null,
    value text collate "C" not null,
    id text collate "C" not null,
    primary key (view, version, field, value, id)
);

create index view_index_id on evento.view_index (id, view, version);

create table evento.dead_event (
    component text collate "C" not null,
    version bigint not null,
    context text collate "C" not null,
    position bigint not null,
    key text collate "C" not null,
    error text,
    attempts bigint not null,
    at bigint not null,
    primary key (component, version, context, position, key)
);
