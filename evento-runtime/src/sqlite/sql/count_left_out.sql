-- ?1: after, ?2: until, ?3: names, ?4: contexts, ?5: stream kind, ?6: recorded until
select count(*)
from event e
where e.position > ?1 and e.position <= ?2
    and not (
        e.purged = 0
        and (?3 is null or e.name in (select value from json_each(?3)))
        and (?4 is null or e.context in (select value from json_each(?4)))
        and (?5 is null or e.stream_kind = ?5)
        and (?6 is null or e.timestamp <= ?6)
    );
