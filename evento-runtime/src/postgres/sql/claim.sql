-- Who takes something over from somebody who was not heard of for too long buries him first: should he come back, he is told
-- that he was dead. That waits for a heartbeat which is on its way, and looks again. $5: who claims
with buried as (
    delete from evento.node where id <> $5 and expires_at <= (extract(epoch from clock_timestamp()) * 1000)::bigint returning id
)
update evento.consumer c set epoch = epoch + 1, token = gen_random_uuid(), code_version = $4, owner = $5
where component = $1 and version = $2 and context = $3
    and (
        owner is null or owner = $5 or owner in (select b.id from buried b)
        or not exists (select 1 from evento.node n where n.id = c.owner)
    )
returning epoch, token, checkpoint;
