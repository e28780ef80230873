select count(*) from torture.stalled;
