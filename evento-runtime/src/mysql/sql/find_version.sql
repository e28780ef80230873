-- The version of a stream; one that is closed gets none that an event could have.
set ? = coalesce((
    select if(e.closes, -1, e.version) from evento_event e
    where e.stream_kind = ? and e.stream_id = ?
    order by e.version desc
    limit 1
), 0);
