-- Both in one transaction, so both look at the same checkpoint.
insert into skip (component, version, context, position, reason, at)
select component, version, context, ?4, ?5, ?6 from consumer
where component = ?1 and version = ?2 and context = ?3 and checkpoint < ?4
on conflict (component, version, context, position) do update set reason = excluded.reason, at = excluded.at;

update consumer set epoch = epoch + 1, token = lower(hex(randomblob(16))), owner = null
where component = ?1 and version = ?2 and context = ?3 and checkpoint < ?4;
