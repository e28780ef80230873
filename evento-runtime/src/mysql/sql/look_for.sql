select ? as ordinal, ? as kind, ? as id, ? as command
