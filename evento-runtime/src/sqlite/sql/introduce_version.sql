insert into projector_version (component, version, context, views) values (?1, ?2, ?3, ?4)
on conflict (component, version, context) do update set views = excluded.views;
