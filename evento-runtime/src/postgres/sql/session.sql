-- The session of the server that runs this.
select pg_backend_pid();
