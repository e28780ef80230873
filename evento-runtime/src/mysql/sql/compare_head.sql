-- The head, and whether all that was seen of the log is still there.
select
    h.position, h.incarnation, h.fence, e.id,
    cast(
        h.incarnation = ? and h.position >= ?
        and (? is null or exists (select 1 from evento_event s where s.position = ? and s.id = ?)) as signed
    )
from evento_head h
left join evento_event e on e.position = h.position
where h.id = 1;
