-- Never back: another process may have come further.
update evento_schema set version = ? where id = 1 and version < ?;
