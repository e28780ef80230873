select saga, id, code_version, started_at, last_event, associations, state
from saga
where saga = ?1 and id = ?2;
