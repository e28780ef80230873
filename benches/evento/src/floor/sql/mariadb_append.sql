insert into event (stream, version, name, payload) values (?, ?, ?, ?)
