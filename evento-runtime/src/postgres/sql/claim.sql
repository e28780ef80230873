-- Newer code does not wait for a lease. $5: who claims
update evento.consumer c set epoch = epoch + 1, token = gen_random_uuid(), code_version = $4, owner = $5
where component = $1 and version = $2 and context = $3 and code_version <= $4
    and (
        code_version < $4 or owner is null or owner = $5
        or not exists (select 1 from evento.node n where n.id = c.owner)
    )
returning epoch, token, checkpoint;
