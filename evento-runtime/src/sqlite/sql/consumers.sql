select component, version, context, checkpoint, epoch, token, code_version
from consumer
order by component, version, context;
