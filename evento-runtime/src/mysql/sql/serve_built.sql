update evento_projector set serving = ?, newest = ?
where component = ? and newest < ?
    and not exists (
        select 1 from evento_consumer c
        where c.component = evento_projector.component and c.version = evento_projector.serving
            and c.checkpoint > ?
    );
