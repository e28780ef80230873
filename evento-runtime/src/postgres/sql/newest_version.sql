select newest from evento.projector where component = $1;
