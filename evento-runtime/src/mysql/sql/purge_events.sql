update evento_event set purged = 1, closing = null, metadata = '{}', payload = 'null' where (stream_kind, stream_id) in (?);
