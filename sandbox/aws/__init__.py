"""The AWS API of the sandbox. Nothing is imported here: to load moto takes a second and 100 MB."""

# How the API says that an instance was rebooted, followed by an ISO 8601 time.
REBOOTED = "User initiated reboot at "
