"""Turns the instances of the AWS API into systemd hosts in Docker, and keeps the two alike."""
