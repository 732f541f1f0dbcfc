import { useCallback, useEffect, useState } from "react";
import { fetchReference, logIn } from "./backend";
import { PhoneLogin } from "./PhoneLogin";

export function App() {
  const [reference, setReference] = useState("");
  const [status, setStatus] = useState("");

  useEffect(() => {
    void fetchReference().then(setReference);
  }, []);

  const onProof = useCallback(async (proof: string) => {
    const phoneNumber = await logIn(proof);
    setStatus(phoneNumber ? `Logged in as ${phoneNumber}` : "The login failed");
  }, []);

  return (
    <>
      <h1>Log in</h1>
      {reference && !status && <PhoneLogin reference={reference} onProof={onProof} />}
      <p role="status">{status}</p>
    </>
  );
}
