"""`make bench`: what an acknowledgement, a turn and a process cost. Kept in docs/benchmarks.md."""
