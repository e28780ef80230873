with next as (update head set position = position + 1 returning position)
insert into event (position, stream, version, name, payload) overriding system value
select next.position, $1, $2, $3, $4::json from next
