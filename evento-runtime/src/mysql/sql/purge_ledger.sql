delete from evento_ledger where at < ? and first <= ? and command in (?);
