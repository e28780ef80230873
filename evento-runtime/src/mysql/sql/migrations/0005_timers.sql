create table if not exists evento_timer (
    saga varbinary(255) not null,
    saga_id binary(16) not null,
    `key` varbinary(255) not null,
    id binary(16) not null,
    name varbinary(255) not null,
    correlation_id binary(16) not null,
    causation_id binary(16) not null,
    due bigint not null,
    metadata longtext not null,
    context varbinary(255) not null,
    payload longtext not null,
    primary key (saga, saga_id, `key`),
    unique key evento_timer_due (saga, due, saga_id, `key`)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_unmatched_event (
    saga varbinary(255) not null,
    position bigint not null,
    event varbinary(255) not null,
    association varbinary(255) not null,
    value longtext not null,
    at bigint not null,
    primary key (saga, position)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
