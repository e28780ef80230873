update evento.node set expires_at = (extract(epoch from clock_timestamp()) * 1000)::bigint + $2, wanted = $3, report = $4
where id = $1;
