// One call of the service: an answer, or a problem with its `code`; it never throws.

const PATIENCE = 15000; // milliseconds
let open = {}; // the last call, as long as nobody knows whether it was done

// Under the same key a call that is made again is answered again, and done once.
function keyOf(request) {
  if (open.request !== request) open = { request, key: String(crypto.getRandomValues(new BigUint64Array(2))) };
  return open.key;
}

export async function call(path, body, publishableKey) {
  const json = JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${publishableKey}`,
        "content-type": "application/json",
        "idempotency-key": keyOf(path + json),
      },
      body: json,
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return { problem: { code: "offline" } };
  }
  if (response.status < 500) open = {};
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return { answer };
  const after = Number(response.headers.get("retry-after")) || undefined;
  return { problem: { retry_after: after, ...answer } };
}
