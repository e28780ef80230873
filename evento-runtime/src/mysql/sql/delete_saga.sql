delete from evento_saga where saga = ? and id = ?;
