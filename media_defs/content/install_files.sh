#!/bin/sh
# Installs a package whose directory files/ is laid out like the root file system.
set -e
cp -a files/. /
ldconfig 2>/dev/null || true
