#!/bin/sh
# Writes github-openapi.json: GitHub's description of its REST API, as npm's
# @octokit/openapi has it, cut to what releases take. Needs npm.
#
# Two things are mended, since the description says less than GitHub does: an
# upload may have any content type, and an asset cut in the middle of its upload
# has the state "starter".
set -eu
version=23.0.2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm pack --silent "@octokit/openapi@$version" >/dev/null
tar -xzf ./*.tgz package/generated/api.github.com.json
node - package/generated/api.github.com.json "$here/github-openapi.json" <<'JS'
const fs = require("fs")
const [from, to] = process.argv.slice(2)
const all = JSON.parse(fs.readFileSync(from))
const repo = "/repos/{owner}/{repo}"
const doc = { openapi: all.openapi, info: all.info, servers: all.servers, paths: {}, components: {} }

for (const path of Object.keys(all.paths)) {
  if (path === repo) doc.paths[path] = { get: all.paths[path].get }
  else if (path.startsWith(repo + "/releases") && !path.includes("reactions")) doc.paths[path] = all.paths[path]
  else if (path === repo + "/git/ref/{ref}") doc.paths[path] = all.paths[path]
}
const upload = doc.paths[repo + "/releases/{release_id}/assets"].post.requestBody
upload.content = { "*/*": upload.content["application/octet-stream"] }
all.components.schemas["release-asset"].properties.state.enum.push("starter")

// Only what is referred to, without prose; a response must have a description.
function strip(value, name) {
  if (Array.isArray(value)) return value.forEach((v) => strip(v, name))
  if (value === null || typeof value !== "object") return
  for (const key of Object.keys(value)) {
    const named = name === "properties" || name === "responses"
    if (named) { strip(value[key], ""); continue }
    if (/^(x-.*|examples?|externalDocs|summary|tags)$/.test(key) || (key === "description" && !("content" in value || "headers" in value || Object.keys(value).length === 1))) delete value[key]
    else strip(value[key], key)
  }
}
function keep(value) {
  if (value === null || typeof value !== "object") return
  if (typeof value.$ref === "string") {
    const [kind, name] = value.$ref.split("/").slice(2)
    const list = (doc.components[kind] ??= {})
    if (!(name in list)) {
      list[name] = all.components[kind][name]
      strip(list[name], "")
      keep(list[name])
    }
  }
  Object.values(value).forEach(keep)
}
strip(doc.paths, "")
keep(doc.paths)
fs.writeFileSync(to, JSON.stringify(doc, null, 1) + "\n")
JS
