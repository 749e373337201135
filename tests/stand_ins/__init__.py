"""Outside services as real servers on loopback, with a log that is the external truth and faults on demand."""
