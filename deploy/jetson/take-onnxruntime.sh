#!/bin/sh
# Takes over an ONNX Runtime with TensorRT if it is the one whose SHA-256 values the repository holds.
#   take-onnxruntime.sh JETPACK GIVEN FOLDER
set -eu
jetpack=$1 given=$2 folder=$3
sums=$(cd "$(dirname "$0")" && pwd)/onnxruntime-jetpack-$jetpack.sha256
libraries='libonnxruntime.so.1 libonnxruntime_providers_cuda.so libonnxruntime_providers_shared.so libonnxruntime_providers_tensorrt.so'

refuse() { echo "take-onnxruntime: $1; docs/jetson.md says where it comes from" >&2; exit 1; }

[ -f "$sums" ] || refuse "there is no $(basename "$sums")"
for library in $libraries; do
  [ -f "$given/$library" ] || refuse "$library was not given"
  grep -q "  $library\$" "$sums" || refuse "$(basename "$sums") does not name $library"
done
(cd "$given" && sha256sum --check --strict --quiet "$sums") || refuse 'the libraries are not the ones that were released'
mkdir -p "$folder"
for library in $libraries; do cp "$given/$library" "$folder/"; done
