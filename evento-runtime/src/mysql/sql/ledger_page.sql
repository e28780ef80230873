-- All behind an id; without one, all.
select command from evento_ledger where ? is null or command > ? order by command limit ?;
