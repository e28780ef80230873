-- The commonest append, one event at an expected version, in one trip. What stands in its way makes the first statement
-- insert nothing, and with it all others; then somebody looks more closely.
-- ?1 to ?5: the ledger's command, name, digest, cause and time; ?6, ?7, ?8: stream and version of the event; ?9 to ?18: the
-- rest of the event; ?19, ?20, ?21: the log as it was seen last, with the event at
-- its head.
begin immediate;

insert into ledger (command, name, digest, cause, at, first, count)
select ?1, ?2, ?3, ?4, ?5, position + 1, 1
from head
where id = 1 and incarnation = ?19 and position >= ?20
    and (select id from event where position = ?20) is ?21
    and ?8 = 1 + coalesce(
        (select max(version) from event where stream_kind = ?6 and stream_id = ?7), 0
    )
    and not exists (
        select 1 from event where stream_kind = ?6 and stream_id = ?7 and version = ?8 - 1 and closes <> 0
    )
on conflict (command) do nothing;

insert into event (
    position, stream_kind, stream_id, version, id, name, payload_version, context, correlation_id, causation_id, timestamp,
    closes, metadata, payload
)
select position + 1, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18
from head
where id = 1 and changes() = 1;

update head set position = position + 1 where id = 1 and changes() = 1 returning position;

commit;
