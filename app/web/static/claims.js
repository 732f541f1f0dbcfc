// A short meaning of each claim of a proof, and the list that shows them.

const MEANINGS = {
  alg: "how it is signed",
  kid: "which key of the service signed it",
  typ: "what kind of token it is",
  iss: "who signed it",
  aud: "the app that it is for",
  sub: "the number",
  iat: "when it was signed",
  exp: "when it expires",
  jti: "its unique id: it is used once",
  purpose: "the purpose of the code",
  nonce: "the reference that the page gave",
  verification_id: "which verification it proves",
  amr: "how it was proved",
  assurance: "the NIST term for SMS",
};

const TIMES = ["iat", "exp", "nbf"]; // seconds since 1970

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

// Fills a description list with a header or with claims.
export function list(parent, values) {
  parent.replaceChildren();
  for (const [name, value] of Object.entries(values)) {
    const what = element("dd", "");
    const shown = TIMES.includes(name) ? new Date(value * 1000).toLocaleTimeString() : [value].flat().join(", ");
    what.append(element("span", shown), element("small", MEANINGS[name] ?? ""));
    parent.append(element("dt", name), what);
  }
}
