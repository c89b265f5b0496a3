#!/usr/bin/env python3
"""wa_api: make a device, link it, give it a key, send, receive, delete."""
import json
import os
import time
import urllib.request

WA = os.environ.get("WA_API_URL", "http://localhost:3000") + "/api"
MAIN = os.environ.get("MAIN_URL", "http://localhost:8080")
NETWORK = os.environ.get("NETWORK_URL", "http://localhost:7080") + "/sandbox"
DEVICE, PHONE, FRIEND = "python-device", "6281100000023", "6282200000023"


def call(method, url, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


call("POST", f"{WA}/sessions", {"deviceId": DEVICE})
code = call("GET", f"{WA}/sessions/{DEVICE}/qr")["qrCode"]
call("POST", f"{NETWORK}/phones/{PHONE}/scan", {"qr": code})
while call("GET", f"{WA}/sessions/{DEVICE}")["session"]["connectionState"] != "connected":
    time.sleep(0.2)
print("linked")

key = call("PUT", f"{WA}/sessions/{DEVICE}/api-key", {})["apiKey"]
call("POST", f"{NETWORK}/phones", {"number": FRIEND})
message = {"deviceId": DEVICE, "number": FRIEND, "message": "Hello from Python"}
sent = call("POST", f"{WA}/messages/send", message, key)
print(f"{sent['status']} to {sent['to']}")

# The document ends with sending: what comes in is read from the native API.
call("POST", f"{NETWORK}/phones/{FRIEND}/messages", {"to": PHONE, "text": "Hello back"})
token = call("POST", f"{MAIN}/v1/login", {"username": "admin", "password": "admin"})["token"]
events = call("GET", f"{MAIN}/v1/events?session={DEVICE}&types=message.received&wait=20", None, token)
assert "Hello back" in json.dumps(events)
print("received: Hello back")

call("DELETE", f"{WA}/sessions/{DEVICE}")
