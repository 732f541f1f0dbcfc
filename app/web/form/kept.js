// kept: what outlives a refresh, unless the browser refuses (with cookies blocked, even to look is an error).

function recall(storage, name) {
  try {
    return JSON.parse(window[storage][name]);
  } catch {
    return undefined;
  }
}

function keep(storage, name, value) {
  try {
    window[storage][name] = JSON.stringify(value);
  } catch {
    // A refresh will begin anew.
  }
}

// By key and purpose: two forms of a page that ask for different things do not disturb each other.
export class Kept {
  #host;

  constructor(host) {
    this.#host = host;
  }

  // The verification that waits for its code, in this tab. Its number is masked, and its code was never here.
  get pending() {
    const pending = recall("sessionStorage", this.#pendingName);
    return pending?.expires > Date.now() ? pending : null;
  }

  set pending(pending) {
    keep("sessionStorage", this.#pendingName, pending);
  }

  // What an approval gave: by it strangers cannot use up the SMS of this person.
  get device() {
    return recall("localStorage", this.#deviceName);
  }

  set device(token) {
    keep("localStorage", this.#deviceName, token);
  }

  get #pendingName() {
    return `otp-form:${this.#key}:${this.#host.getAttribute("purpose") ?? "login"}`;
  }

  get #deviceName() {
    return `otp-device:${this.#key}`;
  }

  get #key() {
    return this.#host.getAttribute("publishable-key");
  }
}
