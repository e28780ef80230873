with a as (
    delete from evento.saga_association where saga = $1 and id = $2
),
t as (
    delete from evento.timer where saga = $1 and saga_id = $2
)
delete from evento.saga where saga = $1 and id = $2;
