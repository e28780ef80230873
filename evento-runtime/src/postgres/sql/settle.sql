-- What became of commands whose connection was lost: their outcomes, with the first event. $1: the commands
select l.command, l.first, l.count, e.version, e.id
from unnest($1::uuid[]) as u (command)
join lateral (select * from evento.ledger k where k.command = u.command limit 1) l on true
left join lateral (select * from evento.event f where f.position = l.first and l.count > 0 limit 1) e on true
where l.reason is null;
