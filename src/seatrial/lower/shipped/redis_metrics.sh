#!/bin/bash
# Tell CloudWatch once how this node is: whether it is up, its memory, its disk, how far behind.
#
# Takes the file of settings. A node that is down, or whose cluster is, tells nothing, and the
# alarm counts who told.
set -euo pipefail
# shellcheck source=/dev/null
. "$1"

call() {
    REDISCLI_AUTH=$(cat "$ETC/password") "$CLI" --tls --cacert "$ETC/ca.crt" -h "$ADDRESS" "$@"
}

told=$({ call info all; call cluster info; } | tr -d '\r')

value() {
    awk -F : -v key="$1" '$1 == key { print $2 }' <<<"$told"
}

tell() {
    metrics+=("MetricName=$1,Value=$2,Unit=$3,Dimensions=[{Name=Cluster,Value=$CLUSTER}]")
    metrics+=("MetricName=$1,Value=$2,Unit=$3,Dimensions=[{Name=Cluster,Value=$CLUSTER},{Name=Node,Value=$NODE}]")
}

[ "$(value cluster_state)" = ok ]
metrics=()
tell Up 1 Count
tell MemoryUse "$(($(value used_memory) * 100 / $(value maxmemory)))" Percent
tell DiskUse "$(df --output=pcent "$DATA" | tr -dc 0-9)" Percent
tell EvictedKeys "$(value evicted_keys)" Count
if [ "$(value role)" = slave ]; then
    behind=$(value master_last_io_seconds_ago)
    # -1 while the link is down: then it is behind for as long as that lasts.
    if [ "$behind" = -1 ]; then behind=$(value master_link_down_since_seconds); fi
    tell ReplicationLag "$behind" Seconds
fi
aws cloudwatch put-metric-data --region "$REGION" --namespace "$NAMESPACE" \
    --metric-data "${metrics[@]}"
