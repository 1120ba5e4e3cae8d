// Mail: to be written.
