"""Planning: from what is there and what is wanted to the steps in between. Pure: no I/O, no clock, no chance."""
