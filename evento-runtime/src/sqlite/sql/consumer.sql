select component, version, context, checkpoint, epoch, token, code_version
from consumer
where component = ?1 and version = ?2 and context = ?3;
