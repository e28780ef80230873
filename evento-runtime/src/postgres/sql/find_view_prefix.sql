-- $7: the first value behind all those that begin with the prefix
select (select r.body from evento.view_row r where r.view = i.view and r.version = i.version and r.id = i.id)
from evento.view_index i
where i.view = $1 and i.version = $2 and i.field = $5 and i.value >= $6 and i.value < $7
order by i.value, i.id
limit $3 offset $4;
