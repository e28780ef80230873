update evento_dead_event_request set open = null, answer = ?, answered_at = ?
where component = ? and version = ? and context = ? and id = ? and open = 1;
