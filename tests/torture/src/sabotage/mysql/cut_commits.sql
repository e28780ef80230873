-- About every second one of those that wait.
select id from information_schema.processlist
where db = database() and state like 'Waiting for backup lock%' and rand() < 0.5;
