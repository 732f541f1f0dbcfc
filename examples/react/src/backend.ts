// The calls to the example's own backend, ../backend/server.mjs.

/** Returns the reference of this browser's session; the proof will contain it as `nonce`. */
export async function fetchReference(): Promise<string> {
  const answer = await fetch("/session");
  const { reference } = (await answer.json()) as { reference: string };
  return reference;
}

/** Sends the proof to the backend; returns the number that it logged in, or null if it refused the proof. */
export async function logIn(proof: string): Promise<string | null> {
  const answer = await fetch("/login", { method: "POST", body: proof });
  const { phone_number } = (await answer.json()) as { phone_number: string | null };
  return answer.ok ? phone_number : null;
}
