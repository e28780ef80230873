with p as (
    select component from evento.projector where component = $1 and serving <> $2 for update
),
d as (
    delete from evento.dead_event d using p where d.component = p.component and d.version = $2
),
s as (
    delete from evento.skip s using p where s.component = p.component and s.version = $2
),
c as (
    delete from evento.consumer c using p where c.component = p.component and c.version = $2
)
select 1 from p;
