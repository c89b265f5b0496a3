#!/usr/bin/env bash
# multisession: sign in, make a session, link it, send, receive, delete.
set -euo pipefail
main=${MAIN_URL:-http://localhost:8080} network=${NETWORK_URL:-http://localhost:7080}/sandbox
phone=6281100000011 friend=6282200000011

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

token=$(curl -sSf "$main/api/login" -d '{"username": "admin", "password": "admin"}' | field token)
api() { curl -sSf -H "Authorization: Bearer $token" "$@"; }

id=$(api "$main/api/sessions" -d '{"name": "Shop"}' | field id)
api -X POST "$main/api/sessions/$id/connect"; echo

# The document shows codes on a WebSocket, which curl does not speak: the native API has them too.
code=$(api "$main/v1/sessions/$id/qr?wait=20" | field code)
curl -sSf "$network/phones/$phone/scan" -d "{\"qr\": \"$code\"}" >/dev/null
# Connected it is while the code waits, too: it can send once it is logged in as well.
until api "$main/api/sessions/$id" | grep '"connected":true' | grep -q '"logged_in":true'; do sleep 0.2; done
echo "linked"

curl -sSf "$network/phones" -d "{\"number\": \"$friend\"}" >/dev/null
api "$main/api/sessions/$id/check-number" -d "{\"number\": \"$friend\"}" | grep -q '"on_whatsapp":true'
api "$main/api/sessions/$id/send" -d "{\"recipient\": \"$friend\", \"message\": \"Hello from curl\"}"; echo
curl -sSf "$network/phones/$friend/messages?wait=20" | grep -q "Hello from curl"

curl -sSf "$network/phones/$friend/messages" -d "{\"to\": \"$phone\", \"text\": \"Hello back\"}" >/dev/null
api "$main/v1/events?session=$id&types=message.received&wait=20" | grep -q "Hello back"
echo "received: Hello back"

api -X DELETE "$main/api/sessions/$id"; echo
