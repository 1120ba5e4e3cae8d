// MuninWire: to be written.
