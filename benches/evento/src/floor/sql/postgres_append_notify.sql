with appended as (
    insert into event (stream, version, name, payload) values ($1, $2, $3, $4::json) returning position
)
select pg_notify('event', position::text) from appended
