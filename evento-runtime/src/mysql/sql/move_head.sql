update evento_head set position = ? where id = 1;
