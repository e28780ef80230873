-- $1: after, $2: until, $3: names, $4: contexts, $5: stream kind, $6: recorded until
select count(*)
from evento.event v
where v.position > $1::bigint and v.position <= $2::bigint
    and not (
        not v.purged
        and ($3::text[] is null or v.name = any ($3::text[]))
        and ($4::text[] is null or v.context = any ($4::text[]))
        and ($5::text is null or v.stream_kind = $5::text)
        and ($6::bigint is null or v.timestamp <= $6::bigint)
    );
