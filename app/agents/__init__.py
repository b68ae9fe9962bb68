"""The two agents: the planner takes a question apart and checks results, the solver computes."""
