create table if not exists evento_consumer (
    component varbinary(255) not null,
    version bigint not null,
    context varbinary(255) not null,
    checkpoint bigint not null,
    epoch bigint not null,
    token binary(16) not null,
    code_version bigint not null,
    primary key (component, version, context)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_saga (
    saga varbinary(255) not null,
    id binary(16) not null,
    code_version bigint not null,
    started_at bigint not null,
    last_event bigint not null,
    -- The associations as [[field, value], ..].
    associations longtext not null,
    state longtext not null,
    primary key (saga, id)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_saga_association (
    saga varbinary(255) not null,
    field varbinary(255) not null,
    value varbinary(2048) not null,
    id binary(16) not null,
    primary key (saga, field, value, id),
    key evento_saga_association_id (id, saga)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_view_row (
    view varbinary(255) not null,
    version bigint not null,
    id varbinary(1024) not null,
    body longtext not null,
    primary key (view, version, id)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_view_index (
    view varbinary(255) not null,
    version bigint not null,
    field varbinary(255) not null,
    value varbinary(1024) not null,
    id varbinary(1024) not null,
    primary key (view, version, field, value, id),
    key evento_view_index_id (id, view, version)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_dead_event (
    component varbinary(255) not null,
    version bigint not null,
    context varbinary(255) not null,
    position bigint not null,
    `key` varbinary(2304) not null,
    error longtext,
    attempts bigint not null,
    at bigint not null,
    primary key (component, version, context, position, `key`)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
