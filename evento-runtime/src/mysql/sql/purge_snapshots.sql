delete from evento_snapshot where (stream_kind, stream_id) in (?);
