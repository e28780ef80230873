-- Nothing is noted outside the transaction that was begun for it.
update evento.projector_version set built = true where component = $1 and version = $2 and context = $3
    and current_setting('evento_store.transaction', true) is not distinct from 'open';
