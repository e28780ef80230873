with i as (
    delete from evento.view_index where view = $1 and version = $2 and id = $3
)
delete from evento.view_row where view = $1 and version = $2 and id = $3;
