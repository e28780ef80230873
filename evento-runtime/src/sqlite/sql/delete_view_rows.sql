delete from view_index where view = ?1 and version = ?2
    and id in (select id from view_row where view = ?1 and version = ?2 order by id limit ?3);

delete from view_row where view = ?1 and version = ?2
    and id in (select id from view_row where view = ?1 and version = ?2 order by id limit ?3);
