"""The language model, if there is one: it plans and it words; it never computes, and nothing depends on it."""
