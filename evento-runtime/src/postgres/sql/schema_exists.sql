select
    exists (select 1 from pg_namespace where nspname = $1::text),
    exists (
        select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = 'evento_schema'
    );
