select component, version, context, checkpoint, epoch, token, code_version
from evento.consumer
order by component, version, context;
