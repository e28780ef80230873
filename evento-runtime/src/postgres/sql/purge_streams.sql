-- $1: closed before, $2: after, $3: up to, $4: limit
with closed as materialized (
    select c.position, c.stream_kind, c.stream_id
    from evento.event c
    where c.closes and not c.purged and c.timestamp < $1::bigint and c.position > $2::bigint and c.position <= $3::bigint
    order by c.position
    limit $4::bigint
),
s as (
    delete from evento.snapshot s
    using closed c
    where s.stream_kind = c.stream_kind and s.stream_id = c.stream_id
),
e as (
    update evento.event e set purged = true, metadata = '{}', payload = 'null'
    from closed c
    where e.stream_kind = c.stream_kind and e.stream_id = c.stream_id
)
select position from closed order by position;
