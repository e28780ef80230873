-- The key of the timer, when a deadline has failed.
alter table evento_dead_event add column timer varbinary(255);
