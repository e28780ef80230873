select component, version, context, checkpoint, epoch, code_version
from evento.consumer
order by component, version, context;
