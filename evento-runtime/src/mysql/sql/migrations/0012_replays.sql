-- Up to where a consumer had come when it was put back, and whether it sends commands up to there.
alter table evento_consumer
    add column replay_until bigint not null default 0,
    add column replay_sends boolean not null default 0;
