create table consumer (
    component text not null,
    version integer not null,
    context text not null,
    checkpoint integer not null,
    epoch integer not null,
    -- Of the claim, as hexadecimal digits.
    token text not null,
    code_version integer not null,
    primary key (component, version, context)
) strict, without rowid;

create table saga (
    saga text not null,
    id text not null,
    code_version integer not null,
    started_at integer not null,
    last_event integer not null,
    associations text not null,
    state text not null,
    primary key (saga, id)
) strict;

create table saga_association (
    saga text not null,
    field text not null,
    value text not null,
    id text not null,
    primary key (saga, field, value, id)
) strict, without rowid;

create index saga_association_id on saga_association (saga, id);

create table view_row (
    view text not null,
    version integer not null,
    id text not null,
    body text not null,
    primary key (view, version, id)
) strict;

create table view_index (
    view text not null,
    version integer not null,
    field text not null,
    value text not null,
    id text not null,
    primary key (view, version, field, value, id)
) strict, without rowid;

create index view_index_id on view_index (view, version, id);

create table dead_event (
    component text not null,
    version integer not null,
    context text not null,
    position integer not null,
    key text not null,
    error text,
    attempts integer not null,
    at integer not null,
    primary key (component, version, context, position, key)
) strict;
