-- When an event was put aside first; and finding those of a key.
alter table evento_dead_event
    add column first_at bigint,
    add key evento_dead_event_key (component, version, context, `key`, position);
