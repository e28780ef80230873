select component, version, context, position, reason, at
from evento_skip
where component = ? and version = ? and context = ? and position > ?
order by position;
