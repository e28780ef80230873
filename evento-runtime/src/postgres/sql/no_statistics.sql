-- For tests: the server does not look at the table by itself.
alter table evento.event set (autovacuum_enabled = false);
