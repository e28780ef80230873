-- $1, $2, $3: the log as it was seen last, with the event at its head, as far as they are known
select
    h.position, h.incarnation, h.fence, (select e.id from evento.event e where e.position = h.position),
    $1::uuid is null or h.incarnation = $1::uuid and h.position >= $2::bigint and (
        $3::uuid is null
        or (select f.id from evento.event f where f.position = $2::bigint) is not distinct from $3::uuid
    )
from evento.head h
where h.id = 1;
