#!/bin/sh
# Writes the official schemas beside this file, as Go modules have them: CycloneDX's
# as its own library has them, SPDX's as syft has it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$(mktemp -d)"
go mod init scratch >/dev/null 2>&1
dir() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }
cyclonedx=$(dir github.com/CycloneDX/cyclonedx-go@v0.12.0)/schema
spdx=$(dir github.com/anchore/syft@v1.57.1)/schema/spdx-json
install -m 644 "$cyclonedx/bom-1.6.schema.json" "$cyclonedx/spdx.schema.json" "$spdx/spdx-schema-2.3.json" "$here"
install -m 644 "$cyclonedx/jsf-0.82.schemax.json" "$here/jsf-0.82.schema.json"
