-- The key of the timer, when a deadline has failed.
alter table dead_event add column timer text;
