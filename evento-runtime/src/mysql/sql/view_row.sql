select body from evento_view_row where view = ? and version = ? and id = ?;
