select s.saga, s.id, s.code_version, s.started_at, s.last_event, s.associations, s.state
from evento_saga_association a
join evento_saga s on s.saga = a.saga and s.id = a.id
where a.saga = ? and a.field = ? and a.value = ?
order by a.id;
