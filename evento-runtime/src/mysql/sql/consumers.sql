select component, version, context, checkpoint, epoch, token, code_version
from evento_consumer
order by component, version, context;
