-- ?6: the position to which it is moved; ?7: the event there, if it is known
update consumer set checkpoint = ?6
where component = ?1 and version = ?2 and context = ?3 and epoch = ?4 and token = ?5
    and (?7 is null or (select id from event where position = ?6) is ?7);
