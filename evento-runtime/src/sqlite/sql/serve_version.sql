update projector set serving = ?2, newest = max(newest, ?2)
where component = ?1 and exists (select 1 from consumer where component = ?1 and version = ?2);
