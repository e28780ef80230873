with v as (
    delete from evento.projector_version where component = $1 and version = $2
)
update evento.projector set newest = serving where component = $1 and newest = $2;
