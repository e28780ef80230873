-- What became of commands whose connection was lost: their outcomes, with the first event.
select l.command, l.first, l.count, e.version, e.id
from evento_ledger l
left join evento_event e on e.position = l.first and l.count > 0
where l.command in (?) and l.reason is null;
