// HTTP: to be written.
