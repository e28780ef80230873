delete from evento_saga_association where saga = ? and id = ?;
