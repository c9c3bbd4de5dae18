#!/bin/bash
# Make this machine run the programs of its environment by Docker Compose.
#
# Runs once, at the machine's first start. The settings stand in front of it in the user
# data, which never holds a secret. Until CloudFormation has given the machine its address
# nothing outside answers, so that whatever needs the internet is tried until it works.
set -euo pipefail
umask 022
ETC=$ROOT/etc/compose
BIN=$ROOT/usr/local/bin
PLUGINS=$ROOT/usr/local/lib/docker/cli-plugins

until_done() {
    until "$@"; do sleep "$PATIENCE"; done
}

# As much as the largest job, which runs while the version before still answers.
make_swap() {
    [ "$SWAP" -gt 0 ] || return 0
    dd if=/dev/zero of="$ROOT/swap" bs=1M count="$SWAP" status=none
    chmod 600 "$ROOT/swap"
    mkswap "$ROOT/swap" >/dev/null
    swapon "$ROOT/swap"
    echo "/swap none swap defaults 0 0" >>"$ROOT/etc/fstab"
}

fetch_compose() {
    curl -sfL -o "$PLUGINS/docker-compose" "$COMPOSE_URL" &&
        echo "$COMPOSE_SHA256  $PLUGINS/docker-compose" | sha256sum --check --quiet
}

# Amazon Linux has Docker and no Compose.
install_docker() {
    until_done dnf -y -q install docker amazon-ecr-credential-helper
    mkdir -p "$PLUGINS" "$ROOT/etc/docker" "$ROOT/root/.docker"
    until_done fetch_compose
    chmod 755 "$PLUGINS/docker-compose"
    cat >"$ROOT/etc/docker/daemon.json" <<END
{
  "live-restore": true,
  "log-driver": "awslogs",
  "log-opts": {
    "awslogs-region": "$REGION",
    "awslogs-group": "$LOGS",
    "tag": "{{.Name}}",
    "mode": "non-blocking",
    "max-buffer-size": "4m"
  }
}
END
    cat >"$ROOT/root/.docker/config.json" <<END
{"credHelpers": {"$REGISTRY": "ecr-login"}}
END
}

# 75 says that the version before runs on: to try again would only break it again.
start() {
    cat >"$ROOT/etc/systemd/system/compose.service" <<END
[Unit]
Description=The programs of $NAME
Requires=docker.service
After=docker.service network-online.target
Wants=network-online.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/bin/compose-up
RuntimeDirectory=compose
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
Restart=on-failure
RestartSec=60
RestartPreventExitStatus=75
TimeoutStartSec=1800
[Install]
WantedBy=multi-user.target
END
    systemctl daemon-reload
    systemctl enable --now docker.service
    systemctl enable --now --no-block compose.service
}

mkdir -p "$ETC"
cat >"$ETC/settings" <<END
export HOME=$ROOT/root
export REGION=$REGION
NAME=$NAME
FILE=$FILE
SECRETS=$SECRETS
ETC=$ETC
RUN=$ROOT/run/compose
BIN=$BIN
END
make_swap
install_docker
start
