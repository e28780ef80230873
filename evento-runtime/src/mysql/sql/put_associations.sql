insert into evento_saga_association (saga, field, value, id) values ? on duplicate key update saga = values(saga);
