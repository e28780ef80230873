start transaction;
