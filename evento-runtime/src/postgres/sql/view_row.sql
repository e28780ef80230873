select body from evento.view_row where view = $1 and version = $2 and id = $3;
