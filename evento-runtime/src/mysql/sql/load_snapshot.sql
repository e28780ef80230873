select version, hash, state from evento_snapshot where stream_kind = ? and stream_id = ?;
