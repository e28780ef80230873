insert into balance (account, balance) values (?, ?) on conflict (account) do update set balance = excluded.balance
