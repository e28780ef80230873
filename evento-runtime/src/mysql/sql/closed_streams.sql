select position, stream_kind, stream_id from evento_event
where closing > ? and closing <= ? and timestamp < ?
order by closing
limit ?;
