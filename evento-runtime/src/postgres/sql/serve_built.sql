-- $3: where the consumer is
update evento.projector p set serving = $2, newest = $2
where p.component = $1 and p.newest < $2
    and current_setting('evento_store.transaction', true) is not distinct from 'open'
    and not exists (
        select 1 from evento.consumer c
        where c.component = $1 and c.version = p.serving and c.checkpoint > $3
    );
