-- The key of the timer, when a deadline has failed.
alter table evento.dead_event add column timer text collate "C";
