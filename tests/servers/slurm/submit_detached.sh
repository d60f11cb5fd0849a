#!/bin/sh
# A submit command for tests: starts a job script as a process that inherits neither the
# environment nor the working directory, and prints its id.
set -eu
elsewhere=$(mktemp -d)
cd "$elsewhere"
setsid env -i PATH=/usr/bin:/bin HOME="$elsewhere" "$1" </dev/null >"$1.out" 2>&1 &
echo $!
