set transaction isolation level read committed;
start transaction read only;
