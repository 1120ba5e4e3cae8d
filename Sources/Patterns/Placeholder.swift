// Patterns: to be written.
