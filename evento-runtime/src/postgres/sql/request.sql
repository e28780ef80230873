select component, version, context, id, kind, request, asked_at, answer, answered_at
from evento.dead_event_request
where component = $1 and version = $2 and context = $3 and id = $4;
