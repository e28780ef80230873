-- An append that is still on its way names the fence that it knew, and will find another one.
update evento_head set fence = fence + 1 where id = 1;
