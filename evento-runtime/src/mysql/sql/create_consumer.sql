insert into evento_consumer (component, version, context, checkpoint, epoch, code_version) values (?, ?, ?, ?, 0, ?);
