create table event (
    position bigint not null auto_increment primary key,
    stream varbinary(255) not null,
    version bigint not null,
    name varchar(255) not null,
    payload longtext not null,
    at timestamp(3) not null default current_timestamp(3),
    unique (stream, version)
) engine = InnoDB default character set utf8mb4;
