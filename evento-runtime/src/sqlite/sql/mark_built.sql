update projector_version set built = 1 where component = ?1 and version = ?2 and context = ?3;

select context from projector_version where component = ?1 and version = ?2 and built = 1;
