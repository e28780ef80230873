-- Nothing when somebody holds the head.
select count(*) from (select id from evento_head where id = 1 for update skip locked) h;
