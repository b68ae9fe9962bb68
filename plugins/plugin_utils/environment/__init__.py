"""An environment: how it is described, what its inventory sets, and what is refused before anything is done in it."""
