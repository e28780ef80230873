-- Who takes something over from somebody who was not heard of for too long buries him first: should he come back, he is told
-- that he was dead. That waits for a heartbeat which is on its way, and looks again; hence it is a statement of its own. $1: who
-- takes over
delete from evento.node where id <> $1 and expires_at <= (extract(epoch from clock_timestamp()) * 1000)::bigint;
