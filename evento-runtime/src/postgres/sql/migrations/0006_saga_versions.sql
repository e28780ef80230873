create index saga_version on evento.saga (saga, code_version);
