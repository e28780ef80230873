update evento.consumer
set checkpoint = $4, resets = resets + 1, epoch = epoch + 1, token = gen_random_uuid(), owner = null
where component = $1 and version = $2 and context = $3;
