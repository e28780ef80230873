with p as (
    insert into evento.projector (component, serving, newest) values ($1, $5, $5)
    on conflict do nothing
)
insert into evento.projector_version (component, version, context, views) values ($1, $2, $3, $4)
on conflict (component, version, context) do update set views = excluded.views;
