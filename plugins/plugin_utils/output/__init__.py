"""How a run reads: text made from results, without Ansible."""
