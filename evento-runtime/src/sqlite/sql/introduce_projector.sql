insert into projector (component, serving, newest) values (?1, ?2, ?2)
on conflict do nothing;
