pragma synchronous = off;

-- The identities of events come in no order: their index must lie in memory while it is filled (KiB).
pragma cache_size = -4000000;

create temporary table template as
select event.*, ledger.name as command, ledger.digest
from event join ledger on ledger.command = event.causation_id;

create temporary table stream (number integer primary key, id text not null);

insert into stream (number, id)
with recursive each (number) as (select 1 union all select number + 1 from each where number < :streams)
select number, printf('account-%06d', number) from each;

insert into event (
    position, name, context, stream_kind, stream_id, version, payload_version, id, correlation_id, causation_id,
    timestamp, closes, metadata, payload
)
select
    position, name, context, stream_kind, stream_id, version, payload_version, id, command, command,
    timestamp, closes, metadata, payload
from (
    select
        head.position + (template.version - 1) * :streams + stream.number as position, template.name, template.context,
        template.stream_kind, stream.id as stream_id, template.version, template.payload_version,
        printf('%08x-0000-4000-8000-%012x', abs(random()) % 4294967296, stream.number) as id,
        -- As time-ordered as the identities of commands are.
        printf(
            '%08x-%04x-7%03x-8%03x-%012x', 1700000000 + template.version, stream.number / 65536, stream.number % 4096,
            template.version, (template.version - 1) * :streams + stream.number
        ) as command,
        template.timestamp + template.version as timestamp, template.closes, template.metadata,
        replace(template.payload, template.stream_id, stream.id) as payload
    from head cross join template cross join stream
    order by template.version, stream.number
);

insert into ledger (command, name, digest, cause, at, first, count)
select event.causation_id, template.command, template.digest, null, event.timestamp, event.position, 1
from head cross join event join template on template.version = event.version
where event.position > head.position
order by event.position;

insert into snapshot (stream_kind, stream_id, version, hash, state)
select snapshot.stream_kind, stream.id, snapshot.version, snapshot.hash, snapshot.state
from snapshot cross join stream;

update head set position = (select max(position) from event);

analyze;

pragma wal_checkpoint(truncate)
