savepoint evento_consumer;
