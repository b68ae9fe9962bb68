"""What is decided about a release on the controller, before the first host is changed."""
