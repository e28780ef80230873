replace into evento_saga (saga, id, code_version, started_at, last_event, associations, state) values (?, ?, ?, ?, ?, ?, ?);
