select saga, code_version, count(*)
from evento.saga
group by saga, code_version
order by saga, code_version;
