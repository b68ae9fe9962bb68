"""The application's HTTP interface: one module for each group of routes, none of which decides anything."""
