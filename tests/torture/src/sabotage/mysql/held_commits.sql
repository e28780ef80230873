select count(*) from information_schema.processlist where db = database() and state like 'Waiting for backup lock%';
