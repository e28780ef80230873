-- Nothing moves outside the transaction that was begun for it. $6: the position to which it is moved; $7: the event there, if
-- it is known
update evento.consumer set checkpoint = $6::bigint
where component = $1 and version = $2 and context = $3 and epoch = $4 and token = $5
    and current_setting('evento_store.transaction', true) is not distinct from 'open'
    and ($7::uuid is null or (select e.id from evento.event e where e.position = $6::bigint) is not distinct from $7::uuid);
