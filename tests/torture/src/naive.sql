-- A log as it is often made, and commits some of which take their time.
drop schema if exists naive cascade;
create schema naive;
create table naive.event (position bigserial primary key, id uuid not null);
create function naive.stall() returns trigger language plpgsql as $$
begin
    if random() < 0.01 then
        perform pg_sleep(0.02 + random() * 0.1);
    end if;
    return null;
end
$$;
create constraint trigger stall after insert on naive.event deferrable initially deferred
for each row execute function naive.stall();
