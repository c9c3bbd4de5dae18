#!/bin/bash
# Make this machine a node of a Redis Cluster: install, certify, start, join.
#
# Runs once, at the machine's first start. The settings stand in front of it in the
# user data, which never holds a secret: the password comes from Secrets Manager.
set -euo pipefail
umask 077
ETC=$ROOT/etc/redis-cluster
DATA=$ROOT/var/lib/redis-cluster
BIN=$ROOT/usr/local/bin

imds() {
    curl -sf --retry 5 -H "X-aws-ec2-metadata-token: $token" \
        "http://169.254.169.254/latest/meta-data/$1"
}

secret() {
    aws secretsmanager get-secret-value --region "$REGION" --secret-id "$1" \
        --query SecretString --output text
}

put_secret() {
    aws secretsmanager put-secret-value --region "$REGION" --secret-id "$1" \
        --secret-string "file://$2" >/dev/null
}

# Every 5 seconds until a command succeeds; the stack gives up before we do.
until_done() {
    until "$@" >/dev/null 2>&1; do sleep "$PATIENCE"; done
}

address_of() {
    getent ahostsv4 "node-$1.$NAME" | awk 'NR == 1 { print $1 }'
}

install_programs() {
    command -v redis-server valkey-server >/dev/null || dnf -y -q install valkey
    command -v "$AGENT" >/dev/null || dnf -y -q install amazon-cloudwatch-agent
    SERVER=$(command -v redis-server || command -v valkey-server)
    CLI=$(command -v redis-cli || command -v valkey-cli)
}

# One authority for all nodes: the first node makes it, once in the cluster's life.
fetch_authority() {
    if [ "$node" = 1 ] && ! secret "$AUTHORITY_SECRET" | grep -q 'PRIVATE KEY'; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
            -subj "/CN=$NAME" -keyout "$ETC/authority.pem" -out "$ETC/ca.crt" 2>/dev/null
        cat "$ETC/ca.crt" >>"$ETC/authority.pem"
        put_secret "$CERTIFICATE_SECRET" "$ETC/ca.crt"
        put_secret "$AUTHORITY_SECRET" "$ETC/authority.pem"
    fi
    until secret "$AUTHORITY_SECRET" | grep -q 'PRIVATE KEY'; do sleep "$PATIENCE"; done
    secret "$AUTHORITY_SECRET" >"$ETC/authority.pem"
    openssl x509 -in "$ETC/authority.pem" -out "$ETC/ca.crt"
}

certify() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj "/CN=node-$node.$NAME" -keyout "$ETC/node.key" -out "$ETC/node.csr" 2>/dev/null
    openssl x509 -req -in "$ETC/node.csr" -days 3650 -out "$ETC/node.crt" \
        -CA "$ETC/ca.crt" -CAkey "$ETC/authority.pem" -set_serial "0x$(openssl rand -hex 16)" \
        -extfile <(echo "subjectAltName=DNS:$NAME,DNS:node-$node.$NAME,IP:$address") 2>/dev/null
    rm "$ETC/authority.pem" "$ETC/node.csr"
}

# Snapshots and a log with times. The log is rewritten by the daily copy alone, so that
# each copy's log holds every moment since the copy before it.
configure() {
    local total
    total=$(awk '$1 == "MemTotal:" { print $2 * 1024 }' /proc/meminfo)
    cat >"$ETC/redis.conf" <<END
bind $address
port 0
tls-port 6379
tls-cert-file $ETC/node.crt
tls-key-file $ETC/node.key
tls-ca-cert-file $ETC/ca.crt
tls-auth-clients optional
tls-replication yes
tls-cluster yes
requirepass $password
masterauth $password
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout 5000
cluster-announce-ip $address
cluster-announce-hostname node-$node.$NAME
cluster-preferred-endpoint-type hostname
dir $DATA
logfile $ROOT/var/log/redis-cluster.log
maxmemory $(awk "BEGIN { printf \"%d\", $total * $MEMORY / 100 }")
maxmemory-policy noeviction
save 3600 1 300 100 60 10000
appendonly yes
appendfsync everysec
aof-timestamp-enabled yes
auto-aof-rewrite-percentage 0
END
    cat >"$ETC/settings" <<END
REGION=$REGION
NAME=$NAME
CLUSTER=$CLUSTER
NAMESPACE=$NAMESPACE
BUCKET=$BUCKET
NODE=$node
ADDRESS=$address
CLI=$CLI
ETC=$ETC
DATA=$DATA
END
    echo "$password" >"$ETC/password"
}

unit() {
    cat >"$ROOT/etc/systemd/system/$1"
}

start() {
    unit redis-cluster.service <<END
[Unit]
Description=A node of the Redis Cluster
After=network-online.target
Wants=network-online.target
[Service]
User=redis-cluster
ExecStart=$SERVER $ETC/redis.conf
Restart=always
LimitNOFILE=65536
[Install]
WantedBy=multi-user.target
END
    for job in backup metrics; do
        unit "redis-$job.service" <<END
[Service]
Type=oneshot
ExecStart=$BIN/redis-$job $ETC/settings
END
    done
    unit redis-backup.timer <<END
[Timer]
OnCalendar=*-*-* 03:00:00 UTC
Persistent=true
[Install]
WantedBy=timers.target
END
    unit redis-metrics.timer <<END
[Timer]
OnCalendar=*-*-* *:*:00
AccuracySec=1
[Install]
WantedBy=timers.target
END
    id redis-cluster >/dev/null 2>&1 || useradd --system --home-dir "$DATA" redis-cluster
    touch "$ROOT/var/log/redis-cluster.log"
    chown -R redis-cluster "$ETC" "$DATA" "$ROOT/var/log/redis-cluster.log"
    systemctl daemon-reload
    systemctl enable --now redis-cluster.service redis-metrics.timer redis-backup.timer
    "$AGENT" -a fetch-config -m ec2 -s -c "ssm:$AGENT_CONFIGURATION"
}

# Speak to a node: call ADDRESS COMMAND...
call() {
    REDISCLI_AUTH=$password "$CLI" --tls --cacert "$ETC/ca.crt" -h "$@"
}

is_member() {
    call "$1" cluster info | tr -d '\r' | awk -F : '$1 == "cluster_known_nodes" && $2 > 1 { n = 1 } END { exit !n }'
}

is_well() {
    call "$1" cluster info | grep -q '^cluster_state:ok'
}

# A machine in the place of a lost one follows the primary that has the fewest replicas.
replace_lost() {
    local peer=$1 lost
    for lost in $(call "$peer" cluster nodes | awk '$3 ~ /fail/ && $3 !~ /fail\?/ { print $1 }'); do
        call "$peer" --cluster call "$peer:6379" cluster forget "$lost"
    done
    until is_member "$address"; do
        call "$address" --cluster add-node "$address:6379" "$peer:6379" --cluster-slave || sleep 1
    done
}

follow() {
    local primary
    primary=$(call "$2" cluster myid)
    call "$1" --cluster add-node "$1:6379" "$2:6379" --cluster-slave --cluster-master-id "$primary"
}

# Primaries first, then each shard's replicas: the machines' numbers say who follows whom,
# and the subnets are chosen so that the two never share a zone.
form() {
    local primaries=() number shard
    for number in $(seq "$NODES"); do
        until_done call "$(address_of "$number")" ping
    done
    for shard in $(seq "$SHARDS"); do
        primaries+=("$(address_of "$shard"):6379")
    done
    call "$address" --cluster create "${primaries[@]}" --cluster-yes
    until_done is_well "$address"
    for number in $(seq "$((SHARDS + 1))" "$NODES"); do
        shard=$(((number - 1) % SHARDS + 1))
        until_done follow "$(address_of "$number")" "$(address_of "$shard")"
    done
    tell_formed
}

join() {
    local number peer
    until_done call "$address" ping
    if ! secret "$AUTHORITY_SECRET" | grep -q '^# formed'; then
        if [ "$node" = 1 ]; then form; fi
        return
    fi
    for number in $(seq "$NODES"); do
        [ "$number" = "$node" ] && continue
        peer=$(address_of "$number") || continue
        if is_well "$peer" 2>/dev/null; then
            replace_lost "$peer"
            return
        fi
    done
}

# Whoever starts from now on takes a lost machine's place, and the stack may go on.
tell_formed() {
    { secret "$AUTHORITY_SECRET"; echo '# formed'; } >"$ETC/formed"
    put_secret "$AUTHORITY_SECRET" "$ETC/formed"
    rm "$ETC/formed"
    curl -sf -X PUT -H 'Content-Type:' "$READY" --data-binary \
        '{"Status": "SUCCESS", "UniqueId": "cluster", "Data": "", "Reason": "formed"}'
}

token=$(curl -sf --retry 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' \
    http://169.254.169.254/latest/api/token)
node=$(imds tags/instance/Node)
address=$(imds local-ipv4)
mkdir -p "$ETC" "$DATA"
install_programs
password=$(secret "$PASSWORD_SECRET")
fetch_authority
certify
configure
start
join
