release savepoint evento_consumer;
