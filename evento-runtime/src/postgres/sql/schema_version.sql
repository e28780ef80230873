select version from evento.evento_schema where id = 1;
