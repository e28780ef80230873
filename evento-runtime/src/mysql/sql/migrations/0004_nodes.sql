-- Times are milliseconds of the clock of the server. Wanted are consumers as [[component, version, context], ..].
create table if not exists evento_node (
    id binary(16) not null primary key,
    expires_at bigint not null,
    wanted longtext not null,
    report longtext not null
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

create table if not exists evento_skip (
    component varbinary(255) not null,
    version bigint not null,
    context varbinary(255) not null,
    position bigint not null,
    reason longtext not null,
    at bigint not null,
    primary key (component, version, context, position)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
