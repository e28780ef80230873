-- A prefix behind which there is nothing.
select (select r.body from evento_view_row r where r.view = i.view and r.version = i.version and r.id = i.id)
from evento_view_index i
where i.view = ? and i.version = ? and i.field = ? and i.value >= ?
order by i.value, i.id
limit ? offset ?;
