select incarnation from head where id = 1;
