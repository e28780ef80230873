with r as (
    delete from evento.view_row
    where view = $1 and version = $2
        and id in (select id from evento.view_row where view = $1 and version = $2 order by id limit $3)
    returning id
),
i as (
    delete from evento.view_index i using r where i.view = $1 and i.version = $2 and i.id = r.id
)
select count(*) from r;
