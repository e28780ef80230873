update evento_event set purged = 1, closing = null where position in (?);
