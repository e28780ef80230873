update evento.consumer set owner = null
where component = $1 and version = $2 and context = $3 and epoch = $4 and token = $5;
