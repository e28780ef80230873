select version from evento_schema where id = 1;
