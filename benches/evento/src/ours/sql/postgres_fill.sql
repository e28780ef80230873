set synchronous_commit = off;

create temporary table template as
select event.*, ledger.name as command, ledger.digest
from evento.event join evento.ledger on ledger.command = event.causation_id;

analyze template;

insert into evento.event (
    position, name, context, stream_kind, stream_id, version, payload_version, id, correlation_id, causation_id,
    timestamp, closes, size, metadata, payload
)
select
    base.position + number, template.name, template.context, template.stream_kind, stream.id, template.version,
    template.payload_version, gen_random_uuid(), command.id, command.id, template.timestamp + number / 10,
    template.closes, template.size, template.metadata,
    replace(template.payload::text, template.stream_id, stream.id)::json
from (select position from evento.head) as base,
    generate_series(1, :streams::bigint * (select count(*) from template)) as number,
    lateral (select 'account-' || lpad((1 + (number - 1) % :streams)::text, 6, '0') as id) as stream,
    -- As time-ordered as the identities of commands are.
    lateral (
        select (
            lpad(to_hex(1700000000000 + number / 10), 12, '0') || '7' || lpad(to_hex(number % 4096), 3, '0')
            || '8' || lpad(to_hex(number), 15, '0')
        )::uuid as id
    ) as command
    join template on true
where template.version = 1 + (number - 1) / :streams;

insert into evento.ledger (command, name, digest, cause, at, first, count)
select event.causation_id, template.command, template.digest, null, event.timestamp, event.position, 1
from evento.event join template using (version), evento.head
where event.position > head.position;

insert into evento.snapshot (stream_kind, stream_id, version, hash, state)
select stream_kind, 'account-' || lpad(number::text, 6, '0'), version, hash, state
from evento.snapshot, generate_series(1, :streams) as number;

update evento.head set position = (select max(position) from evento.event);

drop table template;

vacuum (analyze) evento.event;

vacuum (analyze) evento.ledger;

vacuum (analyze) evento.snapshot;

checkpoint
