select saga, code_version, count(*)
from saga
group by saga, code_version
order by saga, code_version;
