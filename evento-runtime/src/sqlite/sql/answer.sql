update dead_event_request set open = null, answer = ?5, answered_at = ?6
where component = ?1 and version = ?2 and context = ?3 and id = ?4 and open = 1;
