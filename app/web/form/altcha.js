// altcha: solves the proof of work of the human check, without user interaction.
//
// It uses the PBKDF2 of Web Crypto, which browsers have only on HTTPS or localhost.

const BATCH = 16; // the browser distributes them over its cores

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function deriveKey({ nonce, salt, cost, keyLength }, counter) {
  const password = bytesOf(nonce + counter.toString(16).padStart(8, "0"));
  const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, keyLength * 8)));
}

// Counts up until a key begins with the required prefix, 256 tries on average, or until the signal aborts.
export async function solve(challenge, signal) {
  for (let start = 0; ; start += BATCH) {
    signal.throwIfAborted();
    const tries = Array.from({ length: BATCH }, (_, index) => deriveKey(challenge.parameters, start + index));
    const keys = await Promise.all(tries);
    const found = keys.findIndex((key) => key.startsWith(challenge.parameters.keyPrefix));
    if (found < 0) continue;
    return btoa(JSON.stringify({ challenge, solution: { counter: start + found, derivedKey: keys[found] } }));
  }
}
