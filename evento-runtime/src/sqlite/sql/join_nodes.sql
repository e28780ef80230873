insert into node (id, expires_at, wanted, report)
values (?1, cast(unixepoch('now', 'subsec') * 1000 as integer) + ?2, ?3, ?4)
on conflict (id) do update
set expires_at = excluded.expires_at, wanted = excluded.wanted, report = excluded.report;
