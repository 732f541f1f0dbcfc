// One call of the service: an answer, or a problem with its `code`; it never throws.

const PATIENCE = 15000; // milliseconds
let unanswered = { what: null, key: null };

// A call that got no answer is repeated under the same key, so that it costs no second SMS or attempt.
function keyFor(what) {
  if (unanswered.what !== what) unanswered = { what, key: Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-") };
  return unanswered.key;
}

export async function call(path, body, publishableKey) {
  const sent = JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${publishableKey}`,
        "content-type": "application/json",
        "idempotency-key": keyFor(path + sent),
      },
      body: sent,
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return { problem: { code: "offline" } };
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) {
    unanswered = { what: null, key: null };
    return { answer };
  }
  // Nothing is remembered of a refusal, but an answer that broke off must keep its key.
  if (answer) unanswered = { what: null, key: null };
  const after = Number(response.headers.get("retry-after")) || undefined;
  return { problem: { retry_after: after, ...answer } };
}
