-- A share of the commits takes its time between taking positions and being seen, a few of them a long time. A sequence
-- counts them: it does not go back with a transaction.
create schema torture;
create sequence torture.stalled;
create function torture.stall() returns trigger language plpgsql as $$
declare
    lot double precision := random();
begin
    if lot < 0.004 then
        perform nextval('torture.stalled');
        perform pg_sleep(case when lot < 0.0002 then 1.2 else 0.02 + random() * 0.15 end);
    end if;
    return null;
end
$$;
create constraint trigger stall after insert on evento.event deferrable initially deferred
for each row execute function torture.stall();
