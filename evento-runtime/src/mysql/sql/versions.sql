select component, version, context, cast(built as signed), views from evento_projector_version
where component = ?
order by version, context;
