import { useEffect, useRef } from "react";
import type { OtpFormElement, OtpFormEventMap } from "./otp-form";

type Props = { reference: string; onProof: (proof: string) => void };

export function PhoneLogin({ reference, onProof }: Props) {
  const form = useRef<OtpFormElement>(null);

  useEffect(() => {
    const element = form.current;
    const approved = ({ detail }: OtpFormEventMap["otp:approved"]) => onProof(detail.proof);
    element?.addEventListener("otp:approved", approved);
    return () => element?.removeEventListener("otp:approved", approved);
  }, [onProof]);

  return <otp-form ref={form} publishable-key="pk_dev" country="NL" reference={reference} />;
}
