select newest from evento_projector where component = ?;
