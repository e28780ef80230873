select component, version, context, checkpoint, epoch, code_version
from evento_consumer
where component = ? and version = ? and context = ?;
