-- A statement of its own: the next one sees all that was committed before the lock was given. What this one sees of events may
-- be older than the head, so the event there may be missing; those that were seen before are not.
-- $1, $2, $3: the log as it was seen last, with the event at its head, as far as they are known
select
    h.position, h.incarnation, h.fence, (select e.id from evento.event e where e.position = h.position),
    $1::uuid is null or h.incarnation = $1::uuid and h.position >= $2::bigint and (
        $3::uuid is null
        or (select f.id from evento.event f where f.position = $2::bigint) is not distinct from $3::uuid
    )
from evento.head h
where h.id = 1
for update of h;
