select component, version, context, checkpoint, epoch, code_version
from evento_consumer
order by component, version, context;
