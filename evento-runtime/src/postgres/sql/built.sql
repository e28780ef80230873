select context from evento.projector_version where component = $1 and version = $2 and built;
