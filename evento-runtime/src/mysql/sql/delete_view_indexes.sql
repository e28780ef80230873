delete from evento_view_index where view = ? and version = ? and id in (?);
