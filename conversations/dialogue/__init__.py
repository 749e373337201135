"""What the agent decides to say and do: pure values in, pure values out.

`policy.respond` answers what a guest wrote, `policy.narrate` tells what happened to a stay. Both are generators that
yield queries (`effects`), receive answers and return a `Decision`. No database, no network, no clock: the turn's
executor answers the queries and carries out the commands, and a replay with the recorded answers is exact.
"""
