#!/usr/bin/env bash
# microservice: connect, link, send, receive, disconnect.
set -euo pipefail
service=${MICROSERVICE_URL:-http://localhost:3001} main=${MAIN_URL:-http://localhost:8080}
network=${NETWORK_URL:-http://localhost:7080}/sandbox token=${WHATSAPP_SERVICE_TOKEN:-sandbox-token}
id=curl-business phone=6281100000031 friend=6282200000031

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
api() { curl -sSf -H "Authorization: Bearer $token" "$@"; }

api "$service/connect" -d "{\"sessionId\": \"$id\", \"sessionName\": \"Business Account\"}"; echo

# Here the code is a picture for people; the native API has it as text.
code=$(api "$main/v1/sessions/$id/qr?wait=20" | field code)
curl -sSf "$network/phones/$phone/scan" -d "{\"qr\": \"$code\"}" >/dev/null
until api "$service/session-status/$id" | grep -q '"status":"connected"'; do sleep 0.2; done
echo "linked"

curl -sSf "$network/phones" -d "{\"number\": \"$friend\"}" >/dev/null
api "$service/send-message" -d "{\"sessionId\": \"$id\", \"phoneNumber\": \"+$friend\", \"message\": \"Hello from curl\"}"; echo
curl -sSf "$network/phones/$friend/messages?wait=20" | grep -q "Hello from curl"

# Events come over the WebSocket, which curl does not speak: see node.mjs and python.py.
curl -sSf "$network/phones/$friend/messages" -d "{\"to\": \"$phone\", \"text\": \"Hello back\"}" >/dev/null
api "$main/v1/events?session=$id&types=message.received&wait=20" | grep -q "Hello back"
echo "received: Hello back"

api "$service/disconnect" -d "{\"sessionId\": \"$id\"}"; echo
curl -sSf "$service/health"; echo
