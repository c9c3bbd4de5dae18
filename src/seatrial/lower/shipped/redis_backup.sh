#!/bin/bash
# Copy a shard's snapshot and log to S3: daily, on Sundays weekly, on the first monthly.
#
# Takes the file of settings. S3's lifecycle rules end each kind of copy; this machine may
# write copies and neither read nor delete one. To restore a moment, unpack the copy that
# follows it and run `redis-check-aof --truncate-to-timestamp`.
set -euo pipefail
umask 077
# shellcheck source=/dev/null
. "$1"

call() {
    REDISCLI_AUTH=$(cat "$ETC/password") "$CLI" --tls --cacert "$ETC/ca.crt" -h "$ADDRESS" "$@"
}

info() {
    call info "$1" | tr -d '\r' | awk -F : -v key="$2" '$1 == key { print $2 }'
}

# A primary leaves it to its replica, and makes the copy where it has none.
if [ "$(info replication role)" = slave ] || [ "$(info replication connected_slaves)" = 0 ]; then
    work=$(mktemp -d "$DATA/copy.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    call bgsave schedule >/dev/null
    while [ "$(info persistence rdb_bgsave_in_progress)" = 1 ]; do sleep 1; done
    cp -r "$DATA/dump.rdb" "$DATA/nodes.conf" "$DATA/appendonlydir" "$work"
    tar -C "$work" -czf "$work.tar.gz" dump.rdb nodes.conf appendonlydir
    trap 'rm -rf "$work" "$work.tar.gz"' EXIT
    kinds=(daily)
    if [ "$(date -u +%u)" = 7 ]; then kinds+=(weekly); fi
    if [ "$(date -u +%d)" = 01 ]; then kinds+=(monthly); fi
    for kind in "${kinds[@]}"; do
        aws s3 cp --region "$REGION" --only-show-errors "$work.tar.gz" \
            "s3://$BUCKET/$kind/$(date -u +%F)/node-$NODE.tar.gz"
    done
fi
call bgrewriteaof >/dev/null
