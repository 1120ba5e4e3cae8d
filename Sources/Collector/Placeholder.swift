// Collector: to be written.
