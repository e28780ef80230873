-- ?1: [command, ..]
delete from ledger where command in (select value from json_each(?1));
