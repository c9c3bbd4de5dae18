#!/usr/bin/env bash
# Stand for the program of this file's name: have the test answer, see tests/pipeline/cloud.py.
typed=
# Before the question: who waits for a pipe must not keep the others from asking.
[[ "${0##*/} $1" != 'docker login' ]] || IFS= read -r -d '' typed
exec 3<>"/dev/tcp/127.0.0.1/$CLOUD_PORT"
printf '%s\n' $(($# + 3)) >&3
printf '%s\0' "$typed" "$PWD" "${0##*/}" "$@" >&3
read -r code <&3
((code)) || exec cat <&3
cat <&3 >&2
exit "$code"
