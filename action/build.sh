#!/usr/bin/env bash
# Builds stanch from the action's own sources to $STANCH_BINARY.
set -euo pipefail

if ! command -v go >/dev/null; then
	echo "stanch: the action's ref ships no program for this runner, and there is no Go to build it: use a release" >&2
	exit 2
fi
cd "$GITHUB_ACTION_PATH"
# What the job sets for its own builds is not for this one.
CGO_ENABLED=0 GOFLAGS= GOWORK=off GOOS= GOARCH= go build -trimpath -buildvcs=false -o "$STANCH_BINARY" ./cmd/stanch
