delete from timer where saga = ?1 and saga_id = ?2 and key = ?3;
