delete from dead_event
where component = ?1 and version = ?2 and context = ?3 and position = ?4 and key = ?5;

select not exists (
    select 1 from dead_event where component = ?1 and version = ?2 and context = ?3 and key = ?5
);
