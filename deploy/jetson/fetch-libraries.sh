#!/bin/sh
# Fetches NVIDIA's arm64 libraries for a JetPack, without running anything of them: root in a Debian or Ubuntu container.
#   fetch-libraries.sh JETPACK DRIVER FOLDER        DRIVER: host leaves the GPU driver out, image brings it
set -eu
jetpack=$1 driver=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)
list=$here/jetpack-$jetpack.packages
[ -f "$list" ] || { echo "fetch-libraries: no list for JetPack $jetpack" >&2; exit 2; }
value() { sed -n "s/^$1=//p" "$list"; }

# NVIDIA's key of the Jetson repository, by its fingerprint; with it, apt checks every package.
key=3C6D1FF3100C8C3ABB0869C0E6543461A9996195
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
curl --fail --silent --show-error --location --proto '=https' --output "$work/key.asc" \
  https://repo.download.nvidia.com/jetson/jetson-ota-public.asc
found=$(gpg --batch --with-colons --show-keys "$work/key.asc" |
  awk -F: '$1 == "pub" { keys++ } $1 == "fpr" && !first { first = $10 } END { if (keys == 1) print first }')
[ "$found" = "$key" ] || { echo "fetch-libraries: the key is '$found', not $key alone" >&2; exit 1; }
gpg --batch --dearmor --output "$work/key.gpg" "$work/key.asc"

# An apt of its own: arm64 alone, this repository alone, nothing of the container's.
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts" "$work/debs" "$folder"
: > "$work/status"
repository=$(value repository)
echo "deb [arch=arm64 signed-by=$work/key.gpg] $repository" > "$work/sources.list"
if [ "$driver" = image ]; then
  bsp=t234
  [ "$jetpack" = 6.2 ] || bsp=som
  echo "deb [arch=arm64 signed-by=$work/key.gpg] $repository" | sed "s|/common |/$bsp |" >> "$work/sources.list"
fi
cat > "$work/apt.conf" <<CONF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/parts";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache::Archives "$work/archives";
CONF
export APT_CONFIG="$work/apt.conf"
apt-get --quiet update

l4t=$(value l4t)
wanted=$(sed -e '/^#/d' -e '/^repository=/d' -e '/^l4t=/d' "$list")
[ "$driver" != image ] || wanted="$wanted $(sed -e '/^#/d' -e "s/\$/=$l4t*/" "$here/driver.packages")"
cd "$work/debs"
# One word per package is wanted; no name or version holds a blank.
# shellcheck disable=SC2086
apt-get --quiet download $wanted
for package in *.deb; do dpkg-deb --extract "$package" "$work/root"; done

"$here/gather-libraries.sh" "$work/root" "$folder"
