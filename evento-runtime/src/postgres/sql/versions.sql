select component, version, context, built, views from evento.projector_version
where component = $1
order by version, context;
