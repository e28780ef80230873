delete from projector_version where component = ?1 and version = ?2;

update projector set newest = serving where component = ?1 and newest = ?2;
