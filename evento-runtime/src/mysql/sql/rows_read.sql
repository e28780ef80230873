-- For tests: how many rows this session has read, by a key or otherwise, since its counts were set to nothing.
select cast(sum(variable_value) as signed) from information_schema.session_status where variable_name like 'Handler_read%'
