delete from dead_event where component = ?1 and version = ?2
    and exists (select 1 from projector where component = ?1 and serving <> ?2);

delete from skip where component = ?1 and version = ?2
    and exists (select 1 from projector where component = ?1 and serving <> ?2);

delete from consumer where component = ?1 and version = ?2
    and exists (select 1 from projector where component = ?1 and serving <> ?2);

select 1 from projector where component = ?1 and serving <> ?2;
