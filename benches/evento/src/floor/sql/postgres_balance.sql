insert into balance (account, balance) values ($1, $2) on conflict (account) do update set balance = excluded.balance
