update evento_consumer set owner = null
where component = ? and version = ? and context = ? and epoch = ? and token = ?;
