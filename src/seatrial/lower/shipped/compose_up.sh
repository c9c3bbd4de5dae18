#!/bin/bash
# Bring the machine's programs to what the stack says: at each start, and for a new version.
#
# Fetches the Compose file and the secrets, pulls, runs the jobs that a version waits for,
# replaces what changed and waits until it is well. What fails leaves or brings back the
# version before, and ends with 75; without one it ends with 1. One at a time.
# `compose-up leave` is for going back: it leaves the jobs, which a version from before a
# change of the database may not be able to run any more.
set -euo pipefail
umask 077
jobs=${1:-run}
# shellcheck source=/dev/null
. "${2:-/etc/compose/settings}"
mkdir -p "$RUN"
exec 9>"$RUN/lock"
flock 9

parameter() {
    aws ssm get-parameter --region "$REGION" --name "$1" --query Parameter.Value --output text
}

# Speak to Compose of a version: compose now|next COMMAND...
compose() {
    local version=$1
    shift
    docker compose --project-name "$NAME" --file "$ETC/$version.yml" \
        --file "$RUN/$version.json" "$@" </dev/null
}

# Name the jobs that a version waits for.
jobs_of() {
    sed -n 's/^x-before: "\(.*\)"$/\1/p' "$ETC/$1.yml" | tr ' ' '\n'
}

# Bring up what runs all the time, and no job: up now|next OPTION...
up() {
    local version=$1 names
    shift
    names=$(compose "$version" config --services | grep -vxF -e "$(jobs_of "$version")") || return
    # shellcheck disable=SC2086 # a name for each word
    compose "$version" up --detach --remove-orphans --no-deps "$@" $names
}

has_version_before() {
    [ -e "$ETC/now.yml" ]
}

give_up() {
    echo "$1" >&2
    if has_version_before; then exit 75; fi
    exit 1
}

# Memory forgets at a reboot: the version before has its secrets fetched anew.
if [ -e "$ETC/now.yml" ] && [ ! -e "$RUN/now.json" ]; then
    "$BIN/compose-secrets" <"$ETC/now.secrets" >"$RUN/fetched"
    mv "$RUN/fetched" "$RUN/now.json"
fi
parameter "$FILE" >"$ETC/next.yml"
parameter "$SECRETS" >"$ETC/next.secrets"
"$BIN/compose-secrets" <"$ETC/next.secrets" >"$RUN/next.json"
compose next pull --quiet || give_up "an image is not there"
# Compose stops what changed before it starts what that waits for: the jobs go first, alone.
if [ "$jobs" = run ]; then
    for job in $(jobs_of next); do
        compose next run --rm -T "$job" || give_up "$job failed; nothing has changed"
    done
fi
if ! up next --wait --wait-timeout 600; then
    if has_version_before; then up now; fi
    give_up "the new version is not well"
fi
mv "$ETC/next.yml" "$ETC/now.yml"
mv "$ETC/next.secrets" "$ETC/now.secrets"
mv "$RUN/next.json" "$RUN/now.json"
docker image prune --all --force >/dev/null
docker volume prune --force >/dev/null
