#!/usr/bin/env bash
# wa_api: make a device, link it, give it a key, send, receive, delete.
set -euo pipefail
wa=${WA_API_URL:-http://localhost:3000}/api main=${MAIN_URL:-http://localhost:8080}
network=${NETWORK_URL:-http://localhost:7080}/sandbox
device=curl-device phone=6281100000021 friend=6282200000021

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

curl -sSf "$wa/sessions" -d "{\"deviceId\": \"$device\"}"; echo
code=$(curl -sSf --retry 10 --retry-all-errors "$wa/sessions/$device/qr" | field qrCode)
curl -sSf "$network/phones/$phone/scan" -d "{\"qr\": \"$code\"}" >/dev/null
until curl -sSf "$wa/sessions/$device" | grep -q '"connectionState":"connected"'; do sleep 0.2; done
echo "linked"

key=$(curl -sSf -X PUT "$wa/sessions/$device/api-key" -d '{}' | field apiKey)
curl -sSf "$network/phones" -d "{\"number\": \"$friend\"}" >/dev/null
curl -sSf "$wa/messages/send" -H "Authorization: Bearer $key" \
    -d "{\"deviceId\": \"$device\", \"number\": \"$friend\", \"message\": \"Hello from curl\"}"; echo
curl -sSf "$network/phones/$friend/messages?wait=20" | grep -q "Hello from curl"

# The document ends with sending: what comes in is read from the native API.
curl -sSf "$network/phones/$friend/messages" -d "{\"to\": \"$phone\", \"text\": \"Hello back\"}" >/dev/null
token=$(curl -sSf "$main/v1/login" -d '{"username": "admin", "password": "admin"}' | field token)
curl -sSf -H "Authorization: Bearer $token" "$main/v1/events?session=$device&types=message.received&wait=20" | grep -q "Hello back"
echo "received: Hello back"

curl -sSf -X DELETE "$wa/sessions/$device"; echo
