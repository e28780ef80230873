select body from evento.view_row where view = $1 and version = $2 order by id limit $3 offset $4;
