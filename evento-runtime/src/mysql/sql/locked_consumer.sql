-- Waits for the commit of somebody who moves the checkpoint, also when his connection was lost.
set transaction isolation level read committed;
start transaction;
select component, version, context, checkpoint, epoch, token, code_version
from evento_consumer
where component = ? and version = ? and context = ?
lock in share mode;
commit;
