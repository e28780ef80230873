-- For each append, what is known of its stream, and the entry of its command if it was handled. What it looks for stands as
-- `select ordinal, kind, id, command union all ..`.
select
    u.ordinal,
    (
        select m.version from evento_event m force index (evento_stream)
        where m.stream_kind = u.kind and m.stream_id = u.id
        order by m.version desc
        limit 1
    ),
    (
        select cast(m.closes as signed) from evento_event m force index (evento_stream)
        where m.stream_kind = u.kind and m.stream_id = u.id
        order by m.version desc
        limit 1
    ),
    l.name, l.digest, l.cause, l.at, l.first, l.count, l.reason, cast(l.command is not null as signed)
from (?) u
left join evento_ledger l on l.command = u.command
order by u.ordinal;
