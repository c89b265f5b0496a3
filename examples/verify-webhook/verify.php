<?php
// Checks a delivery: php verify.php SECRET ID TIMESTAMP SIGNATURES < body
const TOLERANCE = 5 * 60;

function verify(string $secret, string $id, string $timestamp, string $signatures, string $body, int $now): bool
{
    if (abs($now - (int) $timestamp) > TOLERANCE) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $each) {
        if (hash_equals($wanted, $each)) {
            return true;
        }
    }
    return false;
}

[, $secret, $id, $timestamp, $signatures] = $argv;
exit(verify($secret, $id, $timestamp, $signatures, file_get_contents('php://stdin'), time()) ? 0 : 1);
