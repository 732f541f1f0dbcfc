// Decodes a proof, and checks its signature with the service's public keys.

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function json(base64url) {
  return JSON.parse(new TextDecoder().decode(bytes(base64url)));
}

export function read(proof) {
  const [header, claims] = proof.split(".");
  return { header: json(header), claims: json(claims) };
}

// Returns "genuine", "forged", "late", or "unknown" if this browser cannot check it.
export async function verify(proof) {
  try {
    const { header, claims } = read(proof);
    const { keys } = await (await fetch("/.well-known/jwks.json")).json();
    const found = keys.find((key) => key.kid === header.kid);
    if (!found || header.alg !== "EdDSA") return "forged";
    // Only the key parameters: browsers differ in the `alg` that they accept.
    const jwk = { kty: found.kty, crv: found.crv, x: found.x };
    const key = await crypto.subtle.importKey("jwk", jwk, { name: "Ed25519" }, false, ["verify"]);
    const [head, body, signature] = proof.split(".");
    const signed = new TextEncoder().encode(`${head}.${body}`);
    if (!(await crypto.subtle.verify({ name: "Ed25519" }, key, bytes(signature), signed))) return "forged";
    return claims.exp * 1000 > Date.now() ? "genuine" : "late";
  } catch {
    return "unknown"; // no Ed25519 here, no secure context, or the keys cannot be fetched
  }
}
