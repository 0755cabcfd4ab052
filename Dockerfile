# The image of the action and of CI jobs (`container:`): pinpack, uv, and what
# building a Python distribution takes. Packages are built on the system they
# are for: choose another BASE for another system.
ARG BASE=debian:12-slim
ARG GO_BASE=golang:1.25-bookworm
ARG DOCKER_BASE=docker:28-cli

FROM ${GO_BASE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd ./cmd
COPY internal ./internal
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/pinpack/pinpack/internal/cli.released=${VERSION}" -o /pinpack ./cmd/pinpack

FROM ${DOCKER_BASE} AS docker

FROM ${BASE}
# git tells commit and version, gcc and Python's headers build what has no wheel.
RUN if command -v apt-get >/dev/null; then \
      apt-get update \
      && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates gcc git libc6-dev python3 python3-dev \
      && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc/* /usr/share/man/*; \
    else \
      dnf install -y --setopt=install_weak_deps=False --nodocs ca-certificates gcc git python3 python3-devel \
      && dnf clean all; \
    fi
# For the input verify: the client alone, of the engine whose socket the action has.
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=build /pinpack /usr/local/bin/pinpack
# The pinned uv, verified: so that a run fetches only what the project locks.
RUN pinpack fetch-uv /usr/local/bin
# No USER and no WORKDIR: a container action runs as root in the workspace that
# the runner mounts. The entrypoint is the program itself: a shell would lose
# the inputs whose names have hyphens.
ENTRYPOINT ["/usr/local/bin/pinpack"]
