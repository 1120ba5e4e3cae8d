// RRD: to be written.
