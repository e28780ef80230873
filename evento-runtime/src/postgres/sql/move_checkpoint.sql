-- Nothing moves outside the transaction that was begun for it.
update evento.consumer set checkpoint = $5
where component = $1 and version = $2 and context = $3 and epoch = $4
    and current_setting('evento_store.transaction', true) is not distinct from 'open';
