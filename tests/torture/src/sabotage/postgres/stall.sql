-- A share of the commits takes its time between taking positions and being seen, a few of them a long time. Those that came
-- through are counted with them.
create schema torture;
create table torture.stalled (position bigint not null);
create function torture.stall() returns trigger language plpgsql as $$
declare
    lot double precision := random();
begin
    -- In a short run on a slow machine, too, there is one.
    if lot < 0.01 or new.position % 100 = 0 then
        insert into torture.stalled (position) values (new.position);
        perform pg_sleep(case when lot < 0.0002 then 1.2 else 0.02 + random() * 0.1 end);
    end if;
    return null;
end
$$;
create constraint trigger stall after insert on evento.event deferrable initially deferred
for each row execute function torture.stall();
