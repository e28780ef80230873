-- Who takes something over from somebody who was not heard of for too long buries him first: should he come back, he is told
-- that he was dead; the limit is for those who forbid to delete without one. The token: MariaDB has a function that draws bytes only since 10.10.
-- Newer code does not wait for a lease.
set transaction isolation level read committed;
start transaction;
delete from evento_node where id <> ? and expires_at <= timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000
limit 1000;
update evento_consumer
set epoch = epoch + 1, token = unhex(left(sha2(concat(uuid(), rand()), 256), 32)), code_version = ?, owner = ?
where component = ? and version = ? and context = ? and code_version <= ?
    and (
        code_version < ? or owner is null or owner = ?
        or not exists (select 1 from evento_node n where n.id = evento_consumer.owner)
    );
select epoch, token, checkpoint from evento_consumer
where component = ? and version = ? and context = ? and owner = ?;
commit;
