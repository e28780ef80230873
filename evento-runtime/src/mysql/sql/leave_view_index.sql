-- What stays the same is left alone.
delete from evento_view_index where view = ? and version = ? and id = ? and (field, value) not in (?);
