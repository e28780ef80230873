-- What became of commands whose connection was lost: their outcomes, with the first event. $1: the commands
select l.command, l.first, l.count, e.version, e.id
from unnest($1::uuid[]) as u (command)
join evento.ledger l on l.command = u.command
left join evento.event e on e.position = l.first and l.count > 0
where l.reason is null;
