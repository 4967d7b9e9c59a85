#!/usr/bin/env bash
# Runs "stanch ci" with the action's inputs, which come in the environment. No text of an input is
# taken for anything but an argument.
set -euo pipefail

arguments=(ci "--mode=${STANCH_MODE:-auto}" "--upload=${STANCH_UPLOAD:-never}")
# option NAME VALUE adds an option, unless the value is empty.
option() {
	if [ -n "$2" ]; then
		arguments+=("--$1=$2")
	fi
}
option base "${STANCH_BASE:-}"
option head "${STANCH_HEAD:-}"
option fail-on "${STANCH_FAIL_ON:-}"
option verify "${STANCH_VERIFY:-}"
option baseline "${STANCH_BASELINE:-}"
option config "${STANCH_CONFIG:-}"
option sarif "${STANCH_SARIF_FILE:-}"
option comment "${STANCH_COMMENT:-}"
while IFS= read -r line; do
	line=${line%$'\r'}
	if [ -n "$line" ]; then
		arguments+=("$line")
	fi
done <<<"${STANCH_ARGS:-}"

# The shell of Git for Windows would make paths of that system of arguments such as "--exclude=/vendor".
export MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*'
exec "$STANCH_BINARY" "${arguments[@]}" -- "${STANCH_TARGET:-.}"
