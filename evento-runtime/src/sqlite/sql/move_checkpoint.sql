update consumer set checkpoint = ?5
where component = ?1 and version = ?2 and context = ?3 and epoch = ?4;
