-- A share of the events takes its time between taking positions and being committed, a few of them a long time. Those that
-- came through are counted with them.
create table torture_stalled (position bigint not null) engine = innodb;
create trigger torture_stall after insert on evento_event for each row
begin
    declare lot double default rand();
    -- In a short run on a slow machine, too, there is one.
    if lot < 0.01 or new.position % 100 = 0 then
        insert into torture_stalled (position) values (new.position);
        do sleep(if(lot < 0.0002, 1.2, 0.02 + rand() * 0.1));
    end if;
end;
