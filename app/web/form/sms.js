// sms: WebOTP, with which a browser on a phone returns the code, if the SMS ends with the autofill line.

export class Sms {
  #waiting = null;

  // Waits for one SMS, and stops the previous wait: a browser allows one WebOTP request at a time.
  async listen(take) {
    if (!("OTPCredential" in window)) return;
    this.stop();
    const { signal } = (this.#waiting = new AbortController());
    try {
      const sms = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal });
      take(sms.code);
    } catch {
      // No SMS arrived, or the user declined: typing still works.
    }
  }

  stop() {
    this.#waiting?.abort();
  }
}
