update evento.consumer
set
    replay_until = greatest(replay_until, checkpoint), replay_sends = $5, checkpoint = $4,
    resets = resets + 1, epoch = epoch + 1, token = gen_random_uuid(), owner = null
where component = $1 and version = $2 and context = $3;
