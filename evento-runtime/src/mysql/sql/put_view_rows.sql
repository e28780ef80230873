replace into evento_view_row (view, version, id, body) values ?;
