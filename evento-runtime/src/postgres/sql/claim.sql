update evento.consumer set epoch = epoch + 1, token = gen_random_uuid(), code_version = $4
where component = $1 and version = $2 and context = $3 and code_version <= $4
returning epoch, token, checkpoint;
