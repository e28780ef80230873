-- Which version of a projector is read, and the latest one that was.
create table if not exists evento_projector (
    component varbinary(255) not null,
    serving bigint not null,
    newest bigint not null,
    primary key (component)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;

-- Built: whether it has been at the head of the log. Views: their names, as [name, ..].
create table if not exists evento_projector_version (
    component varbinary(255) not null,
    version bigint not null,
    context varbinary(255) not null,
    built boolean not null default 0,
    views longtext not null,
    primary key (component, version, context)
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
