update evento.projector_version set built = true where component = $1 and version = $2 and context = $3;
