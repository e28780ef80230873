delete from evento.node where id = $1;
