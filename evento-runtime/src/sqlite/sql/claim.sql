update consumer set epoch = epoch + 1, token = lower(hex(randomblob(16))), code_version = ?4
where component = ?1 and version = ?2 and context = ?3 and code_version <= ?4
returning epoch, token, checkpoint;
