#!/bin/bash
# Run a job of the version that runs now, to its end: for a schedule, or for a person.
set -euo pipefail
# shellcheck source=/dev/null
. "${2:-/etc/compose/settings}"
exec docker compose --project-name "$NAME" --file "$ETC/now.yml" --file "$RUN/now.json" \
    run --rm -T "$1" </dev/null
