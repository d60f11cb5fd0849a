#!/bin/sh
# A cluster's submit command for tests: starts the job script as a process of its own, which
# inherits neither the environment nor the working directory, and prints the job's id.
set -eu
elsewhere=$(mktemp -d)
cd "$elsewhere"
setsid env -i PATH=/usr/bin:/bin HOME="$elsewhere" "$1" </dev/null >"$1.out" 2>&1 &
echo $!
