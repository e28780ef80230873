insert into event (stream, version, name, payload) values ($1, $2, $3, $4::json)
