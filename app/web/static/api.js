// One call of the service: an answer, or a problem with its `code`; it never throws.

const PATIENCE = 15000; // milliseconds

export async function call(path, body, publishableKey) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { authorization: `Bearer ${publishableKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return { problem: { code: "offline" } };
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return { answer };
  const after = Number(response.headers.get("retry-after")) || undefined;
  return { problem: { retry_after: after, ...answer } };
}
