select component, version, context, id, kind, request, asked_at, answer, answered_at
from evento_dead_event_request
where component = ? and version = ? and context = ? and kind = ? and answered_at is not null
order by answered_at desc, id
limit ?;
