select component, version, context, checkpoint, epoch, code_version
from consumer
order by component, version, context;
