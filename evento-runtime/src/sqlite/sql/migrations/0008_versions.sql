-- Which version of a projector is read, and the latest one that was.
create table projector (
    component text not null primary key,
    serving integer not null,
    newest integer not null
) strict, without rowid;

create table projector_version (
    component text not null,
    version integer not null,
    context text not null,
    -- Whether it has been at the head of the log.
    built integer not null default 0,
    -- The names of its views, as [name, ..].
    views text not null,
    primary key (component, version, context)
) strict, without rowid;
