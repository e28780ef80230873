select component, version, context, checkpoint, epoch, code_version
from evento.consumer
where component = $1 and version = $2 and context = $3;
