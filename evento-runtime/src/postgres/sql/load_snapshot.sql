select version, hash, state from evento.snapshot where stream_kind = $1 and stream_id = $2;
