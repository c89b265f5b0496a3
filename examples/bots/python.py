#!/usr/bin/env python3
"""bots: call blocking. A caller over the limit is rejected, replied to and blocked, then let in again."""
import json
import os
import time
import urllib.request

MAIN = os.environ.get("MAIN_URL", "http://localhost:8080")
NETWORK = os.environ.get("NETWORK_URL", "http://localhost:7080") + "/sandbox"
BOT, PHONE, CALLER = "python-bot", "6281100000043", "6282200000043"
credential = {}


def call(method, url, body=None):
    headers = {"Content-Type": "application/json", **(credential if url.startswith(MAIN) else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        text = response.read()
        return json.loads(text) if text else None


def until(look):
    while not (found := look()):
        time.sleep(0.2)
    return found


# A session and a key of scope `bots`, made natively.
token = call("POST", f"{MAIN}/v1/login", {"username": "admin", "password": "admin"})["token"]
credential = {"Authorization": f"Bearer {token}"}
call("POST", f"{MAIN}/v1/sessions", {"id": BOT})
call("POST", f"{MAIN}/v1/sessions/{BOT}/connect")
code = call("GET", f"{MAIN}/v1/sessions/{BOT}/qr?wait=20")["code"]
call("POST", f"{NETWORK}/phones/{PHONE}/scan", {"qr": code})
until(lambda: call("GET", f"{MAIN}/v1/sessions/{BOT}")["state"] == "connected")
key = call("POST", f"{MAIN}/v1/keys", {"name": "call blocking", "scopes": ["bots"]})["key"]
credential = {"x-api-key": key}

settings = {"enabled": True, "daily_limit": 1, "auto_reply_message": "Please write instead"}
print(call("PUT", f"{MAIN}/api/bots/{BOT}/call-blocking", settings))


def ring():
    call("POST", f"{NETWORK}/phones/{CALLER}/calls", {"to": PHONE})


def history():
    return call("GET", f"{MAIN}/api/bots/{BOT}/calls")


ring()
until(lambda: history()["stats"]["total"] == 1)
ring()
rejected = until(lambda: [one for one in history()["calls"] if one["status"] == "rejected"])
print("rejected", rejected[0]["from"])

blocked = call("GET", f"{MAIN}/api/bots/{BOT}/blocked-contacts")["blocked_contacts"][0]
print("blocked", blocked["contact"], blocked["reason"])
call("DELETE", f"{MAIN}/api/bots/{BOT}/blocked-contacts/{blocked['id']}")

credential = {"Authorization": f"Bearer {token}"}
call("DELETE", f"{MAIN}/v1/sessions/{BOT}")
