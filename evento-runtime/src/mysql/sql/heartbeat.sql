update evento_node set expires_at = timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000 + ?, wanted = ?, report = ?
where id = ?;
