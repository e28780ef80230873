-- What the server tells of transactions may be older than the last order by 0.1 s.
do sleep(0.12);
