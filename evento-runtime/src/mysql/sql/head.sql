select h.position, h.incarnation, h.fence, e.id
from evento_head h
left join evento_event e on e.position = h.position
where h.id = 1;
