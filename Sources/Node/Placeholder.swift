// Node: to be written.
