"""The parts of `bench`: processes and their cost, the peers, the two sections and the table."""
