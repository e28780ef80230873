-- The whole statement sees the table as it was before, hence the one that is deleted is left out by its position.
with gone as (
    delete from evento.dead_event
    where component = $1 and version = $2 and context = $3 and position = $4 and key = $5
)
select not exists (
    select 1 from evento.dead_event
    where component = $1 and version = $2 and context = $3 and key = $5 and position <> $4
);
