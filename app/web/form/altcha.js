// altcha: the proof of work that shows a person, or at least somebody in no hurry. Nobody has to do anything.
//
// By what browsers have built in (PBKDF2), and only on HTTPS or localhost.

const TRIES_AT_ONCE = 16; // the browser spreads them over its cores

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function deriveKey({ nonce, salt, cost, keyLength }, counter) {
  const password = bytesOf(nonce + counter.toString(16).padStart(8, "0"));
  const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, base, keyLength * 8)));
}

// Counts up until a key begins as the challenge asks, 256 tries on average, or until nobody waits any more.
export async function solve(challenge, signal) {
  for (let start = 0; ; start += TRIES_AT_ONCE) {
    signal.throwIfAborted();
    const tries = Array.from({ length: TRIES_AT_ONCE }, (_, index) => deriveKey(challenge.parameters, start + index));
    const keys = await Promise.all(tries);
    const found = keys.findIndex((key) => key.startsWith(challenge.parameters.keyPrefix));
    if (found < 0) continue;
    return btoa(JSON.stringify({ challenge, solution: { counter: start + found, derivedKey: keys[found] } }));
  }
}
