alter table evento_saga add index evento_saga_version (saga, code_version);
