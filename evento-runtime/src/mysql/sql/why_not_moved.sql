-- Whether the claim is still the newest, and the head of the log.
select
    cast(
        exists (
            select 1 from evento_consumer
            where component = ? and version = ? and context = ? and epoch = ? and token = ?
        ) as signed
    ),
    h.position
from evento_head h
where h.id = 1;
