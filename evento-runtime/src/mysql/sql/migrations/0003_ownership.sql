-- The owner: who has the consumer; nobody when that one is not among those who are alive.
alter table evento_consumer
    add column owner binary(16),
    add column paused boolean not null default 0,
    add column resets bigint not null default 0;
