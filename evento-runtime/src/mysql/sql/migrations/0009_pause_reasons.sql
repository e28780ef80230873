-- Why a consumer has paused itself.
alter table evento_consumer add column pause_reason longtext;
