-- How far everything is done with: the head, and of each consumer its checkpoint and its first dead event, the least first.
select h.position, c.component, c.version, c.context, c.done
from evento.head h
left join lateral (
    select
        k.component, k.version, k.context,
        least(
            k.checkpoint,
            (
                select min(d.position) - 1 from evento.dead_event d
                where d.component = k.component and d.version = k.version and d.context = k.context
            )
        ) as done
    from evento.consumer k
    order by done
    limit 1
) c on true
where h.id = 1;
