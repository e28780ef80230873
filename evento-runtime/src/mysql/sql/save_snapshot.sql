-- The assignments are made in their order: what is compared comes last.
insert into evento_snapshot (stream_kind, stream_id, version, hash, state) values (?, ?, ?, ?, ?)
on duplicate key update
    state = if(values(version) >= version or values(hash) <> hash, values(state), state),
    version = if(values(version) >= version or values(hash) <> hash, values(version), version),
    hash = values(hash);
