alter table evento.consumer
    -- Who has it; nobody when that one is not among those who are alive.
    add column owner uuid,
    add column paused boolean not null default false,
    add column resets bigint not null default 0;

-- Times are milliseconds of the clock of the server.
create table evento.node (
    id uuid primary key,
    expires_at bigint not null,
    -- Consumers as [[component, version, context], ..].
    wanted text not null,
    report text not null
) with (fillfactor = 50);

create table evento.skip (
    component text collate "C" not null,
    version bigint not null,
    context text collate "C" not null,
    position bigint not null,
    reason text not null,
    at bigint not null,
    primary key (component, version, context, position)
);
