replace into evento_node (id, expires_at, wanted, report) values (?, timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000 + ?, ?, ?);
