-- Of a session that somebody else has made.
select cast(@@autocommit as signed), @@character_set_client, @@character_set_results;
