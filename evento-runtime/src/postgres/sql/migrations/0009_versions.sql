-- Which version of a projector is read, and the latest one that was.
create table evento.projector (
    component text collate "C" not null primary key,
    serving bigint not null,
    newest bigint not null
);

create table evento.projector_version (
    component text collate "C" not null,
    version bigint not null,
    context text collate "C" not null,
    -- Whether it has been at the head of the log.
    built boolean not null default false,
    -- The names of its views, as [name, ..].
    views text not null,
    primary key (component, version, context)
);
