"""What the inventory plugin `environment` decides, apart from Ansible."""
