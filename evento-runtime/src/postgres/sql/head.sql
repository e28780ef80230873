select position, incarnation, fence from evento.head where id = 1;
