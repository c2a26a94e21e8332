#!/bin/sh
# What the image was built for, as device/l4t.ts reads it at the start.
#   describe-platform.sh JETPACK DRIVER
set -eu
l4t=$(sed -n 's/^l4t=//p' "$(dirname "$0")/jetpack-$1.packages")
printf '{"jetpack":"%s","l4t":"%s","driver":"%s"}\n' "$1" "$l4t" "$2"
