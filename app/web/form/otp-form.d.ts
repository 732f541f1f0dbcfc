// Types of <otp-form>, for TypeScript 5.0 or newer: the element, its events, and its tag in JSX (React) and in
// templates (Vue). The service serves this file at /otp-form.d.ts. Copy it into the source of your page; it needs no
// other package, and has the types of React or Vue only where these are installed.

/** A code was requested: the response of `request-code`. The phone number is masked; times are RFC 3339 in UTC. */
export interface CodeRequested {
  verification_id: string;
  status: "pending";
  phone_number: string;
  purpose: string;
  reference: string | null;
  code_length: number;
  expires_at: string;
  expires_in: number;
  resend_at: string | null;
  resend_in: number | null;
  attempts_left: number;
  sends_left: number;
}

/** The code was right: the response of `verify-code`. The phone number is masked; the proof names it in full. */
export interface CodeApproved {
  verification_id: string;
  status: "approved";
  phone_number: string;
  purpose: string;
  reference: string | null;
  approved_at: string;
  proof: string;
  proof_expires_at: string;
  device_token: string;
}

/** A problem that the form has already shown to the user. Later versions of the service may add codes. */
export interface FormProblem {
  code: ProblemCode | (string & {});
}

/** The codes of the service, and those of the form itself: `expired`, `misconfigured` and `offline`. */
export type ProblemCode =
  | "destination_blocked"
  | "destination_not_allowed"
  | "expired"
  | "forbidden"
  | "human_check_failed"
  | "human_check_required"
  | "incorrect_code"
  | "internal_error"
  | "invalid_phone_number"
  | "invalid_request"
  | "misconfigured"
  | "no_pending_verification"
  | "not_found"
  | "offline"
  | "rate_limited"
  | "temporarily_unavailable"
  | "too_many_attempts"
  | "unauthorized";

/** What the widget of Turnstile or hCaptcha needs; Turnstile also needs the action. */
export interface HumanCheck {
  provider: "turnstile" | "hcaptcha";
  site_key: string;
  action?: string;
}

/** The attributes. Only `publishable-key` is required; they are no properties of the element. */
export interface OtpFormAttributes {
  "publishable-key": string;
  purpose?: string | undefined;
  reference?: string | undefined;
  country?: string | undefined;
  countries?: string | undefined;
  locale?: string | undefined;
  service?: string | undefined;
}

/** The events; they bubble, so `document` and `window` receive them too. */
export interface OtpFormEventMap {
  "otp:sent": CustomEvent<CodeRequested>;
  "otp:approved": CustomEvent<CodeApproved>;
  "otp:problem": CustomEvent<FormProblem>;
}

/** The element; its class is not exported, so create it by its tag. */
export interface OtpFormElement extends HTMLElement {
  /** Shows the widget of Turnstile or hCaptcha, and resolves to its token. */
  humanCheck?: ((check: HumanCheck) => Promise<string>) | undefined;
  /** Returns to the first step, with empty fields, and cancels pending requests. */
  reset(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "otp-form": OtpFormElement;
  }
  interface GlobalEventHandlersEventMap extends OtpFormEventMap {}
}

// Where React or Vue is not installed, TypeScript finds no such module to extend; `@ts-ignore` accepts that.

// @ts-ignore
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      // @ts-ignore
      "otp-form": import("react").HTMLAttributes<OtpFormElement> & import("react").RefAttributes<OtpFormElement> &
        OtpFormAttributes;
    }
  }
}

// @ts-ignore
declare module "vue" {
  interface GlobalComponents {
    "otp-form": new () => OtpFormElement & {
      // @ts-ignore
      $props: import("vue").HTMLAttributes & import("vue").PublicProps & OtpFormVueProps;
      $emit: {
        (type: "otp:sent", event: OtpFormEventMap["otp:sent"]): void;
        (type: "otp:approved", event: OtpFormEventMap["otp:approved"]): void;
        (type: "otp:problem", event: OtpFormEventMap["otp:problem"]): void;
      };
    };
  }
}

/** The attributes as Vue's compiler names them; in a template, write `publishable-key` and `.humanCheck`. */
export interface OtpFormVueProps extends Omit<OtpFormAttributes, "publishable-key"> {
  publishableKey: string;
  humanCheck?: OtpFormElement["humanCheck"];
}
