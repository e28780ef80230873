delete from view_index where view = ?1 and version = ?2 and id = ?3;

delete from view_row where view = ?1 and version = ?2 and id = ?3;
