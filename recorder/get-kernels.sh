#!/usr/bin/env bash
# get-kernels.sh NAME...: puts kernels for the recorder into its cache.
#   5.10 6.1 6.12 7.3            Debian's own, unpacked from their packages
#   6.12-iommufd 7.3-iommufd     built here from Debian's source with iommufd, device cdevs and KVM (minutes)
# Needs Debian and its archive as this machine's apt knows it. Elsewhere: `npm run real -- --kernel-image FILE --modules DIR`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${IOMMU_RECORDER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iommu-playground-recorder}
command -v apt-get >/dev/null || { echo "get-kernels.sh reads Debian's archive, and apt-get is not installed: give your own kernel with --kernel-image and --modules" >&2; exit 1; }

debian=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sort -u)
archive=$(grep -m 1 -E '/debian/?$' <<<"$debian") || { echo "get-kernels.sh: apt knows no archive of Debian" >&2; exit 1; }
security=$(grep -m 1 -E 'debian-security/?$' <<<"$debian" || true)
lists=$cache/apt
mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial" "$cache/packages" "$cache/kernels"

# apt with lists of its own: all suites that have one of the kernels, whatever this machine runs.
own_apt() {
  apt-get -qq -o Dir::State::Lists="$lists/lists" -o Dir::Cache="$lists/cache" -o Dir::Etc::SourceList="$lists/sources.list" \
    -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User=root "$@"
}
update_lists() {
  [ -e "$lists/updated" ] && return
  local suite
  for suite in bullseye bookworm trixie trixie-backports; do echo "deb [trusted=yes] $archive $suite main"; done >"$lists/sources.list"
  if [ -n "$security" ]; then
    for suite in bullseye bookworm trixie; do echo "deb [trusted=yes] $security $suite-security main"; done >>"$lists/sources.list"
  fi
  own_apt update
  touch "$lists/updated"
}
download() { update_lists; (cd "$cache/packages" && own_apt download "$@"); }
unpack() { dpkg-deb -x "$cache"/packages/"$1"_*.deb "$2"; }

# The two headers that the agent needs: those of this machine may be older than iommufd.
get_headers() {
  [ -e "$cache/include/linux/iommufd.h" ] && return
  download linux-libc-dev=7.3.4-1~bpo13+1
  local part=$cache/include.part
  rm -rf "$part"
  unpack linux-libc-dev "$part"
  mkdir -p "$cache/include/linux"
  cp "$part"/usr/include/linux/{vfio,iommufd}.h "$cache/include/linux/"
  rm -rf "$part"
}

# get_packages NAME PACKAGE…: the image and the modules of a kernel, wherever its packages put them.
get_packages() {
  local name=$1 part=$cache/kernels/$1.part package
  shift
  download "$@"
  rm -rf "$part"
  mkdir -p "$part/tree"
  for package; do unpack "${package%%=*}" "$part/tree"; done
  mv "$(find "$part/tree" -name 'vmlinuz*' -type f | head -n 1)" "$part/vmlinuz"
  mv "$(find "$part/tree" -path '*/lib/modules/*' -name kernel -type d | head -n 1)" "$part/modules"
  rm -rf "$part/tree"
  mv "$part" "$cache/kernels/$name"
}

# build NAME SOURCE-PACKAGE VERSION
build() {
  local name=$1 part=$cache/kernels/$1.part tool
  for tool in gcc make flex bison bc xz; do
    command -v "$tool" >/dev/null || { echo "building a kernel needs $tool: apt-get install gcc make flex bison bc xz-utils libelf-dev libssl-dev" >&2; exit 1; }
  done
  download "$2=$3"
  rm -rf "$part"
  mkdir -p "$part/source"
  dpkg-deb --fsys-tarfile "$cache"/packages/"$2"_*.deb | tar -xO "./usr/src/$2.tar.xz" | tar -xJ -C "$part/source" --strip-components=1
  (cd "$part/source" && make -s tinyconfig && ./scripts/kconfig/merge_config.sh -m .config "$here/iommufd.config" && make -s olddefconfig && make -j"$(nproc)" bzImage) >"$cache/build-$name.log" 2>&1 ||
    { echo "the build of $name failed; its output is in $cache/build-$name.log" >&2; exit 1; }
  mv "$part/source/arch/x86/boot/bzImage" "$part/vmlinuz"
  rm -rf "$part/source"
  mv "$part" "$cache/kernels/$name"
}

[ $# -gt 0 ] || { sed -n '2,5p' "$0"; exit 2; }
get_headers
for name; do
  if [ ! -d "$cache/kernels/$name" ]; then
    case $name in
      5.10) get_packages "$name" linux-image-5.10.0-32-amd64 ;;
      6.1) get_packages "$name" linux-image-6.1.0-50-amd64 ;;
      6.12) get_packages "$name" linux-image-6.12.107+deb13-amd64=6.12.107-1 ;;
      7.3) get_packages "$name" linux-binary-7.3.4+deb13-amd64 linux-modules-7.3.4+deb13-amd64 ;;
      6.12-iommufd) build "$name" linux-source-6.12 6.12.107-1 ;;
      7.3-iommufd) build "$name" linux-source-7.3 7.3.4-1~bpo13+1 ;;
      *) echo "there is no kernel $name" >&2; exit 1 ;;
    esac
  fi
  echo "$name is there"
done
