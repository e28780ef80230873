update evento_projector_version set built = 1 where component = ? and version = ? and context = ?;
select context from evento_projector_version where component = ? and version = ? and built = 1;
