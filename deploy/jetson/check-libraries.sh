#!/bin/sh
# Fails where a library needs another one that is neither in the folders nor the device's: found now, not at the scanner.
#   check-libraries.sh FOLDER...
set -eu
# What the base image has, then what belongs to the driver.
elsewhere='ld-linux-aarch64 libc libdl libgcc_s libm libpthread librt libstdc++ libz libcuda libcudla libnv[a-z_]*'
missing=0
for library in $(find "$@" -name '*.so*' -type f | sort); do
  machine=$(readelf --file-header "$library" | sed -n 's/^ *Machine: *//p')
  [ "$machine" = AArch64 ] || { echo "check-libraries: $library is for $machine" >&2; missing=1; }
  for needed in $(readelf --dynamic "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    [ -z "$(find "$@" -name "$needed")" ] || continue
    known=no
    for name in $elsewhere; do
      # The names are patterns.
      # shellcheck disable=SC2254
      case $needed in $name.so*) known=yes ;; esac
    done
    case $needed in libnvinfer* | libnvonnxparser* | libnvrtc* | libnvJitLink*) known=no ;; esac
    [ "$known" = yes ] || { echo "check-libraries: $(basename "$library") needs $needed" >&2; missing=1; }
  done
done
exit "$missing"
