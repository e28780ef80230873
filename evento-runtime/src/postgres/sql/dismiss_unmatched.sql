delete from evento.unmatched_event where saga = $1 and position = $2;
