create table if not exists evento_schema (
    id integer not null primary key check (id = 1),
    version bigint not null
) engine = innodb row_format = dynamic default character set utf8mb4 collate utf8mb4_bin;
