select payload::text from event where stream = $1 and version > $2 order by version
