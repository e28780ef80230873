select s.saga, s.id, s.code_version, s.started_at, s.last_event, s.associations, s.state
from evento.saga_association a
join evento.saga s on s.saga = a.saga and s.id = a.id
where a.saga = $1 and a.field = $2 and a.value = $3
order by a.id;
