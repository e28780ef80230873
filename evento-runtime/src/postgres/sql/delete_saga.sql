with a as (
    delete from evento.saga_association where saga = $1 and id = $2
)
delete from evento.saga where saga = $1 and id = $2;
