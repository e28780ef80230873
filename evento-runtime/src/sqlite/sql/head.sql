select position from head where id = 1;
