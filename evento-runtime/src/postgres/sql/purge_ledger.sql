-- $1: handled before, $2: after, or null, $3: written up to, $4: limit
with page as materialized (
    select l.command, l.at, l.first
    from evento.ledger l
    where $2::uuid is null or l.command > $2::uuid
    order by l.command
    limit $4::bigint
),
gone as (
    delete from evento.ledger l
    using page p
    where l.command = p.command and p.at < $1::bigint and p.first <= $3::bigint
    returning l.command
)
select
    (select count(*) from page), (select count(*) from gone),
    (select p.command from page p order by p.command desc limit 1);
