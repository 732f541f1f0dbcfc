// state: what survives a reload, unless the browser blocks storage (then even reading it throws).

import { isPending, restore, storable } from "./pending.js";
import { recall } from "./sent_codes.js";

function load(storage, name) {
  try {
    return JSON.parse(window[storage][name]);
  } catch {
    return undefined;
  }
}

function save(storage, name, value) {
  try {
    window[storage][name] = JSON.stringify(value);
  } catch {
    // After a reload the form starts again.
  }
}

// Stored by key and purpose: two forms on a page with different purposes do not interfere.
export class State {
  #pendingName;
  #deviceName;

  // Reads the attributes once: a call in progress keeps its state when the attributes change.
  constructor(host) {
    const key = host.getAttribute("publishable-key");
    this.#pendingName = `otp-form:${key}:${host.getAttribute("purpose") ?? "login"}`;
    this.#deviceName = `otp-device:${key}`;
  }

  // The pending verification of this tab. Its number is masked, and its code is never stored.
  get pending() {
    const saved = load("sessionStorage", this.#pendingName);
    return isPending(saved) ? (recall(saved).pending ?? restore(saved)) : null;
  }

  set pending(pending) {
    save("sessionStorage", this.#pendingName, pending && storable(pending));
  }

  // The device token of an approval: with it, others cannot use up the SMS limit of this number.
  get device() {
    return load("localStorage", this.#deviceName);
  }

  set device(token) {
    save("localStorage", this.#deviceName, token);
  }
}
