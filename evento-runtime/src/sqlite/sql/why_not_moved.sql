-- Why a checkpoint could not be moved: whether the claim is still the newest, and the head of the log.
select c.epoch = ?4 and c.token = ?5, h.position
from head h
left join consumer c on c.component = ?1 and c.version = ?2 and c.context = ?3
where h.id = 1;
