delete from evento_node where id = ?;
