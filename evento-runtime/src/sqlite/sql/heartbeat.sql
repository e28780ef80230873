update node
set expires_at = cast(unixepoch('now', 'subsec') * 1000 as integer) + ?2, wanted = ?3, report = ?4
where id = ?1;
