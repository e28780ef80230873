update evento.evento_schema set version = $1 where id = 1;
