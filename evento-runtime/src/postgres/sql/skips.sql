select component, version, context, position, reason, at
from evento.skip
where component = $1 and version = $2 and context = $3 and position > $4
order by position;
