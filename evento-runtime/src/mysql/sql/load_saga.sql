select saga, id, code_version, started_at, last_event, associations, state
from evento_saga
where saga = ? and id = ?;
