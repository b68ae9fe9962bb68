#!/usr/bin/env bash
# What `make` needs before any Python of the project can run: Debian packages and the virtual environment.
# Run again it takes milliseconds: packages are asked for by their commands, Python's by the hash of the locked files.
# With `operator`: only what playbooks need, for a machine that is to run no sandbox.
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() { printf '%s\n  found: %s\n  fix: %s\n' "$@" >&2; exit 1; }

for_whom=${1:-sandbox}
[ "$for_whom" = operator ] || [ "$(uname -s)" = Linux ] ||
    refuse "make: the sandbox needs Linux" "$(uname -s)" "run it in a Linux virtual machine, Debian 12 for instance"

# A command, and the Debian packages that bring it.
missing=()
need() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing+=("${@:2}"); }
if [ "$for_whom" = sandbox ]; then
    need dockerd docker.io iptables
    need docker docker.io
    need docker-registry docker-registry
    need mmdebstrap mmdebstrap
    need curl curl ca-certificates
    need wrk wrk
fi
need ssh openssh-client
# The system's own, where it is new enough: a version manager's build, though first on PATH, can be much slower.
python=/usr/bin/python3
new_enough() { "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
new_enough || python=python3
need "$python" python3
# Debian's python3 has the module but not what it needs to make an environment with pip.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then missing+=(python3-venv); fi

if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null ||
        refuse "make: packages are missing, and this is not a Debian system" "no apt-get" \
            "install what brings the commands of these Debian packages: ${missing[*]}"
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            refuse "make: packages are missing, and only root may install them" "user $(id -un), no sudo without password" \
                "run as root: apt-get install --no-install-recommends ${missing[*]}"
        fi
        as_root=(sudo)
    fi
    echo "==> installing ${missing[*]}"
    began=$SECONDS
    # Debian's registry would start itself, on the very port that the application's image is run on.
    if [ -d /run/systemd/system ]; then "${as_root[@]}" systemctl mask docker-registry; fi
    "${as_root[@]}" apt-get update -q
    # Run level 1 keeps SysV scripts from starting services where there is no systemd to ask.
    "${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
    echo "    packages: $((SECONDS - began)) s"
fi

new_enough || refuse "make: Python is too old" "$("$python" --version)" "use Python 3.11 or newer, as Debian 12 has"

locked() { cat requirements/uv.txt "requirements/$1.txt" | sha256sum; }
stamp=.venv/.requirements
has=none
if [ -f $stamp ]; then has=$(cat $stamp); fi
requirements=development
# An environment for the sandbox has all that an operator's has.
if [ "$for_whom" = operator ] && [ "$has" != "$(locked development)" ]; then requirements=operator; fi
wanted=$(locked $requirements)
if [ "$wanted" != "$has" ]; then
    echo "==> Python packages"
    began=$SECONDS
    [ -x .cache/uv/bin/uv ] || "$python" -m venv .cache/uv
    .cache/uv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
    # uv doesn't read pip's settings; where pip is told of an index, uv is told of the same.
    index=$(.cache/uv/bin/pip config list | sed -nE "s/^(global|:env:)\.index-url='(.*)'$/\2/p" | tail -n 1)
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    [ -x .venv/bin/python ] || "$python" -m venv --without-pip .venv
    # The machine's own certificates: a proxy that intercepts TLS is in no list of uv's.
    UV_NATIVE_TLS=true UV_CACHE_DIR=.cache/uv-packages \
        .cache/uv/bin/uv pip sync -q --python .venv/bin/python --require-hashes "requirements/$requirements.txt"
    echo "$wanted" >$stamp
    echo "    Python packages: $((SECONDS - began)) s"
fi

# The checkout is the collection longshore.app, where Ansible looks for collections (`home` in ansible.cfg).
collection=.ansible/collections/ansible_collections/longshore/app
if [ "$(readlink $collection)" != ../../../.. ]; then
    mkdir -p "$(dirname $collection)"
    ln -sfn ../../../.. $collection
fi
