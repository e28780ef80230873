-- One stream after the other: a list of them would not be looked up by their key.
delete from evento_snapshot where stream_kind = ? and stream_id = ?;
update evento_event set purged = 1, closing = null, metadata = '{}', payload = 'null' where stream_kind = ? and stream_id = ?;
