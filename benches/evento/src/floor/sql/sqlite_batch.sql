select position, payload from event where position > ? order by position limit ?
