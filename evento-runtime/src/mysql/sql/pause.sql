update evento_consumer set paused = ?
where component = ? and version = ? and context = ?;
