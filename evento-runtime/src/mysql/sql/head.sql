select position, incarnation, fence from evento_head where id = 1;
