-- A column cannot be added again, and not every server can be told to add it if it is missing. The owner: who has the
-- consumer; nobody when that one is not among those who are alive.
set @evento_step = if(
    exists (
        select 1 from information_schema.columns
        where table_schema = database() and table_name = 'evento_consumer' and column_name = 'owner'
    ),
    'do 0',
    'alter table evento_consumer add column owner binary(16), add column paused boolean not null default 0, add column resets bigint not null default 0'
);
prepare evento_step from @evento_step;
execute evento_step;
deallocate prepare evento_step;

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
