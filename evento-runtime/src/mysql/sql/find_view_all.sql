select body from evento_view_row where view = ? and version = ? order by id limit ? offset ?;
