// A page in React. Each `@ts-expect-error` fails where TypeScript accepts its line.

import { useRef } from "react";
import type { OtpFormElement } from "./otp-form";

export function Login({ reference }: { reference?: string | undefined }) {
  const form = useRef<OtpFormElement>(null);
  return (
    <otp-form ref={form} key="login" id="login" publishable-key="pk_…" reference={reference} countries="NL,BE">
      <h2 slot="heading">Log in</h2>
      <p>The form could not be loaded.</p>
    </otp-form>
  );
}

export const required = <otp-form publishable-key="pk_…" />;
// @ts-expect-error: the key is required
export const missing = <otp-form country="NL" />;
// @ts-expect-error: an attribute is a text
export const wrong = <otp-form publishable-key="pk_…" country={31} />;
// @ts-expect-error: no such attribute
export const unknown = <otp-form publishable-key="pk_…" colour="red" />;
// @ts-expect-error: a ref of another element
export const other = <otp-form publishable-key="pk_…" ref={(element: HTMLInputElement | null) => void element} />;
