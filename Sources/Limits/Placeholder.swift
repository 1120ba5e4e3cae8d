// Limits: to be written.
