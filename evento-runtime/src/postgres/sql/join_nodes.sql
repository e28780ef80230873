insert into evento.node (id, expires_at, wanted, report)
values ($1, (extract(epoch from clock_timestamp()) * 1000)::bigint + $2, $3, $4)
on conflict (id) do update
set expires_at = excluded.expires_at, wanted = excluded.wanted, report = excluded.report;
