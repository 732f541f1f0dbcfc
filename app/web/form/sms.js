// sms: WebOTP, by which a phone's browser hands over the code, if the SMS ends with the line for autofill.

export class Sms {
  #waiting = null;

  // Waits for one SMS, and no longer for the one before: a browser has one such question open at a time.
  async listen(take) {
    if (!("OTPCredential" in window)) return;
    this.stop();
    const { signal } = (this.#waiting = new AbortController());
    try {
      const sms = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal });
      take(sms.code);
    } catch {
      // No SMS came, or the person said no: typing still works.
    }
  }

  stop() {
    this.#waiting?.abort();
  }
}
