-- For each append, what is known of its stream, and the entry of its command if it was handled. What it looks for stands as
-- `select ordinal, kind, id, command union all ..`.
select
    u.ordinal, e.version, cast(e.closes as signed), l.name, l.digest, l.cause, l.at, l.first, l.count, l.reason,
    cast(l.command is not null as signed)
from (?) u
left join evento_event e force index (evento_stream)
    on e.stream_kind = u.kind and e.stream_id = u.id and e.version = (
        select max(m.version) from evento_event m where m.stream_kind = u.kind and m.stream_id = u.id
    )
left join evento_ledger l on l.command = u.command
order by u.ordinal;
