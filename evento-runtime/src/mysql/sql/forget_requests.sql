delete from evento_dead_event_request
where component = ? and version = ? and context = ? and kind = 'replay' and answered_at < ?
limit 1000;
