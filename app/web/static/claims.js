// What each word of a proof means, in a few words, and the list that shows it.

const MEANINGS = {
  alg: "how it is signed",
  kid: "with which of the service’s keys",
  typ: "what kind of token it is",
  iss: "who signed it",
  aud: "the app that it is for",
  sub: "the number",
  iat: "when it was signed",
  exp: "until when it is good",
  jti: "its own id: it is used once",
  purpose: "what the code was asked for",
  nonce: "the reference that the page gave",
  verification_id: "which verification it proves",
  amr: "how it was proved",
  assurance: "NIST’s word for SMS",
};

const TIMES = ["iat", "exp", "nbf"]; // seconds since 1970

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

// Fill a description list with a header or with claims.
export function list(place, facts) {
  place.replaceChildren();
  for (const [name, value] of Object.entries(facts)) {
    const what = element("dd", "");
    const shown = TIMES.includes(name) ? new Date(value * 1000).toLocaleTimeString() : [value].flat().join(", ");
    what.append(element("span", shown), element("small", MEANINGS[name] ?? ""));
    place.append(element("dt", name), what);
  }
}
