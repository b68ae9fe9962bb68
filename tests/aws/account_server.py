"""An AWS account of the tests' own: moto's server on a free loopback port, with moto's known flaws fixed.

Run as `python account_server.py PORT`. The flaws are moto's, so they are fixed here and not in the playbooks.
"""

import os
import sys
from pathlib import Path

# Moto's own list has no Debian image for arm64. Read when moto is imported.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).parent / "images.json")
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto import server
from moto.ec2 import utils

# The tag API's type of an Elastic IP is `elastic-ip`; moto says `vpc-elastic-ip`, so its tags seem to be missing.
utils.EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"

server.main(["-H", "127.0.0.1", "-p", sys.argv[1]])
