update evento.consumer set paused = $4, pause_reason = $5
where component = $1 and version = $2 and context = $3;
