-- Who takes something over from somebody who was not heard of for too long buries him first: should he come back, he is told
-- that he was dead. Newer code does not wait for a lease. ?5: who claims
delete from node where id <> ?5 and expires_at <= cast(unixepoch('now', 'subsec') * 1000 as integer);

update consumer set epoch = epoch + 1, token = lower(hex(randomblob(16))), code_version = ?4, owner = ?5
where component = ?1 and version = ?2 and context = ?3 and code_version <= ?4
    and (
        code_version < ?4 or owner is null or owner = ?5
        or not exists (select 1 from node n where n.id = consumer.owner)
    )
returning epoch, token, checkpoint;
