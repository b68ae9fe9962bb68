"""A local stand-in for AWS and Docker Hub, so that the production playbooks run unmodified on one machine."""
