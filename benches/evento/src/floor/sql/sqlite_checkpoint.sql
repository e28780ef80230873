update checkpoint set position = ?
