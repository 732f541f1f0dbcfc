// The demo around <otp-form>: it switches the language, and shows and verifies the proof.

import { list } from "./claims.js";
import { read, verify } from "./proof.js";

const VERDICTS = {
  genuine: "Genuine: this browser checked the signature.",
  forged: "Not genuine: the signature is wrong.",
  late: "Genuine, but the proof has expired.",
  unknown: "This browser cannot check the signature. Your backend can.",
};

const by = (id) => document.getElementById(id);
const form = document.querySelector("otp-form");

// Shows each language by its own name, sorted by name.
function nameLanguages(select) {
  for (const option of select.options) {
    option.textContent = new Intl.DisplayNames([option.value], { type: "language" }).of(option.value);
    option.lang = option.value;
  }
  const chosen = select.value;
  select.append(...[...select.options].sort((one, other) => one.text.localeCompare(other.text)));
  select.value = chosen;
}

function applyLanguage() {
  form.setAttribute("locale", by("language").value);
}

async function showProof({ detail }) {
  const { header, claims } = read(detail.proof);
  list(by("header"), header);
  list(by("claims"), claims);
  by("proof").textContent = detail.proof;
  delete by("verdict").dataset.verdict;
  by("verdict").textContent = "Checking the signature …";
  by("approved").hidden = false;
  const verdict = await verify(detail.proof);
  by("verdict").dataset.verdict = verdict;
  by("verdict").textContent = VERDICTS[verdict];
}

nameLanguages(by("language"));
by("language").addEventListener("change", applyLanguage);
addEventListener("pageshow", applyLanguage); // on back navigation a browser restores the selected option
form.addEventListener("otp:approved", showProof);
by("again").addEventListener("click", () => {
  by("approved").hidden = true;
  form.reset();
  form.shadowRoot.getElementById("number").focus();
});
