delete from evento_timer where saga = ? and saga_id = ? and `key` = ?;
