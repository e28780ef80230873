select ?;
