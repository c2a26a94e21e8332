#!/bin/sh
# Gathers the libraries of unpacked packages in one folder, each once, under every name that it has there.
#   gather-libraries.sh ROOT FOLDER
set -eu
root=$1 folder=$2
mkdir -p "$folder"
# Stubs are for linking only.
find "$root" -path '*/stubs' -prune -o -regex '.*\.so\(\.[0-9]+\)*' -print | while read -r library; do
  # Links to what another package has, which is not here.
  file=$(readlink --canonicalize-existing "$library") || continue
  name=$(basename "$library") own=$(basename "$file")
  [ -f "$folder/$own" ] || cp "$file" "$folder/$own"
  [ "$name" = "$own" ] || ln --symbolic --force "$own" "$folder/$name"
done
