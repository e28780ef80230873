insert into evento.snapshot (stream_kind, stream_id, version, hash, state) values ($1, $2, $3, $4, $5::text::json)
on conflict (stream_kind, stream_id) do update
set version = excluded.version, hash = excluded.hash, state = excluded.state
where excluded.version >= snapshot.version or excluded.hash <> snapshot.hash;
