// kept: what outlives a refresh, unless the browser refuses (with cookies blocked, even to look is an error).

import { isPending } from "./pending.js";

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
  #pendingName;
  #deviceName;

  // What the host asks for now: what is under way goes on with it, whatever comes next.
  constructor(host) {
    const key = host.getAttribute("publishable-key");
    this.#pendingName = `otp-form:${key}:${host.getAttribute("purpose") ?? "login"}`;
    this.#deviceName = `otp-device:${key}`;
  }

  // The verification that waits for its code, in this tab. Its number is masked, and its code was never here.
  get pending() {
    const pending = recall("sessionStorage", this.#pendingName);
    return isPending(pending, Date.now()) ? pending : null;
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
}
