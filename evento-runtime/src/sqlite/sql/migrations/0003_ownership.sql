-- Who has it; nobody when that one is not among those who are alive.
alter table consumer add column owner text;
alter table consumer add column paused integer not null default 0;
alter table consumer add column resets integer not null default 0;

-- Times are milliseconds of the clock of the machine.
create table node (
    id text primary key,
    expires_at integer not null,
    -- Consumers as [[component, version, context], ..].
    wanted text not null,
    report text not null
) strict;

create table skip (
    component text not null,
    version integer not null,
    context text not null,
    position integer not null,
    reason text not null,
    at integer not null,
    primary key (component, version, context, position)
) strict, without rowid;
