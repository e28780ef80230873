update checkpoint set position = $1
