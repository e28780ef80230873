select count(*) from torture_stalled;
