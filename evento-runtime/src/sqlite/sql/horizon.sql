-- How far everything is done with: the head, and of each consumer its checkpoint and its first dead event, the least first.
select h.position, c.component, c.version, c.context, min(
    c.checkpoint,
    coalesce(
        (
            select min(d.position) - 1 from dead_event d
            where d.component = c.component and d.version = c.version and d.context = c.context
        ),
        c.checkpoint
    )
) as done
from head h
left join consumer c
where h.id = 1
order by done
limit 1;
