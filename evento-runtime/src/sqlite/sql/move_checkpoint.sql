-- ?5: the position to which it is moved; ?6: the event there, if it is known
update consumer set checkpoint = ?5
where component = ?1 and version = ?2 and context = ?3 and epoch = ?4
    and (?6 is null or (select id from event where position = ?5) is ?6);
