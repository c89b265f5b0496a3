#!/usr/bin/env bash
# bots: call blocking. A caller over the limit is rejected, replied to and blocked, then let in again.
set -euo pipefail
main=${MAIN_URL:-http://localhost:8080} network=${NETWORK_URL:-http://localhost:7080}/sandbox
bot=curl-bot phone=6281100000041 caller=6282200000041

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# A session and a key of scope `bots`, made natively.
token=$(curl -sSf "$main/v1/login" -d '{"username": "admin", "password": "admin"}' | field token)
native() { curl -sSf -H "Authorization: Bearer $token" "$@"; }
native "$main/v1/sessions" -d "{\"id\": \"$bot\"}" >/dev/null
native -X POST "$main/v1/sessions/$bot/connect" >/dev/null
code=$(native "$main/v1/sessions/$bot/qr?wait=20" | field code)
curl -sSf "$network/phones/$phone/scan" -d "{\"qr\": \"$code\"}" >/dev/null
until native "$main/v1/sessions/$bot" | grep -q '"state":"connected"'; do sleep 0.2; done
key=$(native "$main/v1/keys" -d '{"name": "call blocking", "scopes": ["bots"]}' | field key)

api() { curl -sSf -H "x-api-key: $key" "$@"; }
api -X PUT "$main/api/bots/$bot/call-blocking" \
    -d '{"enabled": true, "daily_limit": 1, "block_type": "temporary", "auto_reply_message": "Please write instead"}'; echo

ring() { curl -sSf "$network/phones/$caller/calls" -d "{\"to\": \"$phone\"}" >/dev/null; }
calls() { api "$main/api/bots/$bot/calls"; }
ring; until calls | grep -q '"total":1'; do sleep 0.2; done
ring; until calls | grep -q '"status":"rejected"'; do sleep 0.2; done
calls; echo

blocked=$(api "$main/api/bots/$bot/blocked-contacts")
echo "$blocked"
api -X DELETE "$main/api/bots/$bot/blocked-contacts/$(field id <<<"$blocked")"; echo

native -X DELETE "$main/v1/sessions/$bot"
