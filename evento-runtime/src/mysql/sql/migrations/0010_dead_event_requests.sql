create table if not exists evento_dead_event_request (
    component varbinary(255) not null,
    version bigint not null,
    context varbinary(255) not null,
    id binary(16) not null,
    -- 1 until it is answered, then nothing: one of a consumer is open at a time.
    open tinyint,
    kind varbinary(255) not null,
    request longtext not null,
    asked_at bigint not null,
    answer longtext,
    answered_at bigint,
    primary key (component, version, context, id),
    unique key evento_dead_event_request_open (component, version, context, open)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
