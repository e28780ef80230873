create index saga_version on saga (saga, code_version);
