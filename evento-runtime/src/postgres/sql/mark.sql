-- The mark of our transaction, which goes with it, also when somebody ends it with a statement of his own.
select current_setting('evento_store.transaction', true) is not distinct from 'open';
