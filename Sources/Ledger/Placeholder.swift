// Ledger: to be written.
