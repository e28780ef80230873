select payload from event where stream = ? and version > ? order by version
