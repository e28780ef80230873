-- The filters of the query stand where the comment is.
select count(*)
from evento_event
where position > ? and position <= ? and not (purged = 0 /* filters */);
