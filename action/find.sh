#!/usr/bin/env bash
# Looks for the program that the action's ref ships, bin/stanch-OS-ARCH. Where there is none, says
# where to build it and under which key to cache it: the key changes with the sources.
# Writes the outputs binary, build, folder, key and go-mod.
set -euo pipefail

die() {
	echo "stanch: $*" >&2
	exit 2
}

extension=
case ${RUNNER_OS:-} in
Linux) os=linux ;;
macOS) os=darwin ;;
Windows) os=windows extension=.exe ;;
*) die "there is no stanch for the system of this runner, \"${RUNNER_OS:-}\"" ;;
esac
case ${RUNNER_ARCH:-} in
X64) arch=amd64 ;;
ARM64) arch=arm64 ;;
*) die "there is no stanch for the processor of this runner, \"${RUNNER_ARCH:-}\"" ;;
esac

shipped=$GITHUB_ACTION_PATH/bin/stanch-$os-$arch$extension
if [ -x "$shipped" ]; then
	printf 'binary=%s\nbuild=false\n' "$shipped" >>"$GITHUB_OUTPUT"
	exit 0
fi

if command -v sha256sum >/dev/null; then
	sum=(sha256sum)
else
	sum=(shasum -a 256)
fi
# The names and contents of all files that may be built in. One program for all of them: on Windows it takes long to
# start one.
sources=$(cd "$GITHUB_ACTION_PATH" && find . \( -name .git -o -name testdata -o -name docs \) -prune -o -type f ! -name '*_test.go' -print0 |
	LC_ALL=C sort -z | xargs -0 "${sum[@]}" | "${sum[@]}" | cut -c 1-40)
folder=$RUNNER_TEMP/stanch-$sources
# The path of go.mod comes from here since in a job with a container github.action_path is one of the host.
printf 'binary=%s\nbuild=true\nfolder=%s\nkey=%s\ngo-mod=%s\n' \
	"$folder/stanch$extension" "$folder" "stanch-$os-$arch-$sources" "$GITHUB_ACTION_PATH/go.mod" >>"$GITHUB_OUTPUT"
