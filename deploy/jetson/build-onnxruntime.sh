#!/bin/sh
# Builds ONNX Runtime with TensorRT on a Jetson with its whole JetPack (several hours; 8 GB boards need swap), and
# writes the libraries with their SHA-256 values to FOLDER.
#   build-onnxruntime.sh FOLDER [PARALLEL]
set -eu
[ $# -ge 1 ] || { sed -n '2,4s/^# *//p' "$0"; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd) parallel=${2:-2}
version=v1.30.0
# The commit that onnxruntime-node 1.30.0 names in its own library.
commit=f2c39fe2f838cf35ce7da92824f5a5e3ee6e88a7
# Orin is 8.7, Thor 11.0.
architectures=${CUDA_ARCHITECTURES:-87}

[ -d onnxruntime ] || git clone --depth 1 --branch "$version" https://github.com/microsoft/onnxruntime
cd onnxruntime
[ "$(git rev-parse HEAD)" = "$commit" ] || { echo "build-onnxruntime: $version is not $commit" >&2; exit 1; }
git submodule update --init --recursive --depth 1
./build.sh --config Release --update --build --skip_tests --parallel "$parallel" --build_shared_lib \
  --use_tensorrt --tensorrt_home /usr/lib/aarch64-linux-gnu \
  --cuda_home /usr/local/cuda --cudnn_home /usr/lib/aarch64-linux-gnu \
  --cmake_extra_defines "CMAKE_CUDA_ARCHITECTURES=$architectures"
for library in libonnxruntime.so.1 libonnxruntime_providers_cuda.so libonnxruntime_providers_shared.so \
  libonnxruntime_providers_tensorrt.so; do
  cp --dereference "build/Linux/Release/$library" "$folder/"
done
cd "$folder"
sha256sum libonnxruntime*.so* > onnxruntime.sha256
cat onnxruntime.sha256
