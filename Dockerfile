# The image of the action and of CI jobs (`container:`): pinpack, uv, and what
# building a Python distribution takes. Packages are built on the system they
# are for: choose another BASE for another system.
ARG BASE=debian:12-slim
ARG GO_BASE=golang:1.25-bookworm

FROM ${GO_BASE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd ./cmd
COPY internal ./internal
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/pinpack/pinpack/internal/cli.released=${VERSION}" -o /pinpack ./cmd/pinpack

FROM ${BASE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates gcc g++ git libc6-dev make python3 python3-dev \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
COPY --from=build /pinpack /usr/local/bin/pinpack
# The pinned uv, verified: so that a run fetches only what the project locks.
RUN pinpack fetch-uv /usr/local/bin
# No USER and no WORKDIR: a container action runs as root in the workspace that
# the runner mounts. The entrypoint is the program itself: a shell would lose
# the inputs whose names have hyphens.
ENTRYPOINT ["/usr/local/bin/pinpack"]
