-- ?3: whether all consumers of the version are built; ?4: where this one is
update projector set serving = ?2, newest = ?2
where ?3 and component = ?1 and newest < ?2
    and not exists (
        select 1 from consumer c
        where c.component = ?1 and c.version = projector.serving and c.checkpoint > ?4
    );

select 1 from projector where component = ?1 and newest >= ?2;
