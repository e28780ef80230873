-- The lock that a backup takes while it copies the ends of files: whoever commits waits for it.
set session lock_wait_timeout = 20;
backup stage start;
backup stage block_commit;
