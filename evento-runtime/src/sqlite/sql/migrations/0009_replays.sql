-- Up to where a consumer had come when it was put back, and whether it sends commands up to there.
alter table consumer add column replay_until integer not null default 0;
alter table consumer add column replay_sends integer not null default 0;
