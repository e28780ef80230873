delete from saga_association where saga = ?1 and id = ?2;

delete from saga where saga = ?1 and id = ?2;
