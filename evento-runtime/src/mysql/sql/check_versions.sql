-- The streams that must be there end before the events that are to come, or the unique key stops them.
set @evento_base = if(
    ? = (
        select count(*) from evento_event where closes = 0 and (stream_kind, stream_id, version) in (?)
    ),
    @evento_base, null
);
