insert into evento_view_index (view, version, field, value, id) values ? on duplicate key update version = values(version);
