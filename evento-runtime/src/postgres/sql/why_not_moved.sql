-- Why a checkpoint could not be moved: whether the transaction is still the one that was begun, which is marked by a setting
-- that goes with it, also when somebody ends it with a statement of his own; whether the claim is still the newest; and the
-- head of the log.
select
    current_setting('evento_store.transaction', true) is not distinct from 'open',
    coalesce(
        (
            select c.epoch = $4 and c.token = $5 from evento.consumer c
            where c.component = $1 and c.version = $2 and c.context = $3
        ),
        false
    ),
    h.position
from evento.head h
where h.id = 1;
