delete from timer where saga = ?1 and saga_id = ?2;

delete from saga_association where saga = ?1 and id = ?2;

delete from saga where saga = ?1 and id = ?2;
