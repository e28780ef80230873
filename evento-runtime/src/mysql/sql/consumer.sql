select component, version, context, checkpoint, epoch, token, code_version
from evento_consumer
where component = ? and version = ? and context = ?;
