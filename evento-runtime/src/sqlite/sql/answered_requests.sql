select component, version, context, id, kind, request, asked_at, answer, answered_at
from dead_event_request
where component = ?1 and version = ?2 and context = ?3 and kind = ?4 and answered_at is not null
order by answered_at desc, id
limit ?5;
