replace into evento_unmatched_event (saga, position, event, association, value, at) values (?, ?, ?, ?, ?, ?);
