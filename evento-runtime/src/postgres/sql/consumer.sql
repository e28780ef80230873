-- Waits for the commit of somebody who moves the checkpoint, also when his connection was lost.
select component, version, context, checkpoint, epoch, token, code_version
from evento.consumer
where component = $1 and version = $2 and context = $3
for share;
