delete from evento_dead_event
where component = ? and version = ? and context = ? and position = ? and `key` = ?;
select not exists (
    select 1 from evento_dead_event where component = ? and version = ? and context = ? and `key` = ?
);
