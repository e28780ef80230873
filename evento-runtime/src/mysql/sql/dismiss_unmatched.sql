delete from evento_unmatched_event where saga = ? and position = ?;
