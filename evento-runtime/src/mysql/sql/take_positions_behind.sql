-- The same for streams that must be there: they end before the events that are to come, or the unique key stops them.
start transaction;
update evento_head set position = last_insert_id(position) + ?
where id = 1 and incarnation = ? and fence = ? and position >= ?;
set @evento_base = if(
    row_count() = 1 and (? is null or exists (select 1 from evento_event s where s.position = ? and s.id = ?))
    and ? = (
        select count(*) from evento_event where closes = 0 and (stream_kind, stream_id, version) in (?)
    ),
    last_insert_id(), null
);
