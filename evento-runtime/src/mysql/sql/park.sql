replace into evento_dead_event (component, version, context, position, `key`, error, attempts, at, timer)
values (?, ?, ?, ?, ?, ?, ?, ?, ?);
