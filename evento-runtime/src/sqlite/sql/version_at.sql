select version from event where position = ?1;
