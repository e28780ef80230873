with c as (
    select 1 from evento.consumer where component = $1 and version = $2 for share
)
update evento.projector set serving = $2, newest = greatest(newest, $2)
where component = $1 and exists (select 1 from c);
