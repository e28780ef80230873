update evento_head set position = ?, incarnation = ? where id = 1;
