#!/usr/bin/env bash
# What `make` needs before any Python of the project can run: Debian packages and the virtual environment.
# Run again it takes milliseconds: packages are asked for by their commands, Python's by the hash of the locked files.
# With `operator`: only what playbooks need, for a machine that is to run no sandbox.
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() { printf '%s\n  found: %s\n  fix: %s\n' "$@" >&2; exit 1; }

for_whom=${1:-sandbox}
[ "$for_whom" = operator ] || [ "$(uname -s)" = Linux ] ||
    refuse "make: the sandbox needs Linux" "$(uname -s)" "run it in a Linux virtual machine, Debian 13 for instance"

present() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null; }
# A command, and the Debian packages that bring it.
missing=()
need() { present "$1" || missing+=("${@:2}"); }

# Docker's own packages conflict with Debian's, which must not replace them. dpkg-query fails where it knows only some
# of the names, or none, which is no failure here.
of_docker_inc() {
    dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' docker-ce docker-ce-cli containerd.io 2>/dev/null |
        sed -n 's/^installed //p' || true
}
# Debian's docker.io has the command `docker` up to Debian 12; since Debian 13 it is in a package of its own.
docker_command() { if apt-cache show docker-cli >/dev/null 2>&1; then echo docker-cli; else echo docker.io; fi; }

if [ "$for_whom" = sandbox ]; then
    if ! present dockerd || ! present docker; then
        theirs=$(of_docker_inc)
        if [ -n "$theirs" ]; then
            refuse "make: Docker's own packages are incomplete" \
                "${theirs//$'\n'/, }, without $(present dockerd && echo "the command docker" || echo "dockerd")" \
                "apt-get install docker-ce docker-ce-cli containerd.io docker-buildx-plugin"
        fi
    fi
    need dockerd docker.io iptables
    need docker docker-command
    need docker-registry docker-registry
    need mmdebstrap mmdebstrap
    need curl curl ca-certificates
    need wrk wrk
    # Another distribution's mmdebstrap does not bring Debian's keys.
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
fi
need ssh openssh-client
# The system's own, where it is new enough: a version manager's build, though first on PATH, can be much slower.
python=/usr/bin/python3
new_enough() { "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
new_enough || python=python3
need "$python" python3
# Debian's python3 has the module but not what it needs to make an environment with pip.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then missing+=(python3-venv); fi

locked() { cat requirements/uv.txt "requirements/$1.txt" | sha256sum; }
stamp=.venv/.requirements
has=none
if [ -f $stamp ]; then has=$(cat $stamp); fi
requirements=development
# An environment for the sandbox has all that an operator's has.
if [ "$for_whom" = operator ] && [ "$has" != "$(locked development)" ]; then requirements=operator; fi
wanted=$(locked $requirements)

if [ ${#missing[@]} -gt 0 ] || [ "$wanted" != "$has" ]; then
    # The proxy, the clock and the disk, before anything is installed. Where there is no Python yet, apt has to say it.
    if new_enough; then "$python" -m sandbox.machine "$for_whom"; fi
fi

if [ ${#missing[@]} -gt 0 ]; then
    packages=${missing[*]}
    present apt-get ||
        refuse "make: packages are missing, and this is not a Debian system" "no apt-get" \
            "install what brings the commands of these Debian packages: ${packages/docker-command/docker-cli}"
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        # Ask for a password only where one can be typed.
        sudo -n true 2>/dev/null || { [ -t 0 ] && sudo true; } ||
            refuse "make: packages are missing, and only root may install them" "user $(id -un), without sudo" \
                "run as root: apt-get install --no-install-recommends ${packages/docker-command/$(docker_command)}"
        as_root=(sudo "--preserve-env=http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY")
    fi
    echo "==> installing ${packages/docker-command/the command docker}"
    began=$SECONDS
    # Debian's registry would start itself, on the very port that the application's image is run on.
    if [ -d /run/systemd/system ]; then "${as_root[@]}" systemctl mask docker-registry; fi
    "${as_root[@]}" apt-get update -q ||
        refuse "make: apt cannot read its package lists" "\`apt-get update\` failed, as said above" \
            "correct /etc/apt/sources.list* or http_proxy; \`sudo -E make up\` keeps the proxies of this shell"
    # Its name is known only once apt knows its packages.
    missing=("${missing[@]/#docker-command/$(docker_command)}")
    # Run level 1 keeps SysV scripts from starting services where there is no systemd to ask.
    "${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get install -qy --no-install-recommends "${missing[@]}" ||
        refuse "make: the packages could not be installed" "\`apt-get install ${missing[*]}\` failed, as said above" \
            "correct what apt says, then run the command again"
    echo "    packages: $((SECONDS - began)) s"
fi

new_enough || refuse "make: Python is too old" "$("$python" --version)" "use Python 3.11 or newer, as Debian 12 and 13 have"

if [ "$wanted" != "$has" ]; then
    echo "==> Python packages"
    began=$SECONDS
    unreachable() {
        refuse "make: the Python packages could not be installed" "$1 failed, as said above" \
            "see whether the package index can be reached; https_proxy and pip's own settings are obeyed"
    }
    # The machine's own certificates: a proxy that intercepts TLS is in no list of pip's or uv's.
    authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
    if [ -f "$authorities" ]; then export PIP_CERT="${PIP_CERT:-$authorities}"; fi
    [ -x .cache/uv/bin/uv ] || "$python" -m venv .cache/uv
    .cache/uv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt || unreachable pip
    # uv doesn't read pip's settings; where pip is told of an index, uv is told of the same.
    index=$(.cache/uv/bin/pip config list | sed -nE "s/^(global|:env:)\.index-url='(.*)'$/\2/p" | tail -n 1)
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    [ -x .venv/bin/python ] || "$python" -m venv --without-pip .venv
    UV_NATIVE_TLS=true UV_CACHE_DIR=.cache/uv-packages \
        .cache/uv/bin/uv pip sync -q --python .venv/bin/python --require-hashes "requirements/$requirements.txt" ||
        unreachable uv
    echo "$wanted" >$stamp
    echo "    Python packages: $((SECONDS - began)) s"
fi

# The checkout is the collection longshore.app, where Ansible looks for collections (`home` in ansible.cfg).
collection=.ansible/collections/ansible_collections/longshore/app
if [ "$(readlink $collection)" != ../../../.. ]; then
    mkdir -p "$(dirname $collection)"
    ln -sfn ../../../.. $collection
fi
