-- For each append, what is known of its stream, and whether its command was handled.
-- $1, $2, $3: stream kinds, stream ids, commands
select
    u.ordinal, coalesce(s.version, 0), coalesce(s.closes, false),
    (select l.at from evento.ledger l where l.command = u.command) is not null
from unnest($1::text[], $2::text[], $3::uuid[]) with ordinality as u (kind, id, command, ordinal)
left join lateral (
    select e.version, e.closes from evento.event e
    where e.stream_kind = u.kind and e.stream_id = u.id
    order by e.version desc
    limit 1
) s on true
order by u.ordinal;
