// countries: the regions, their calling codes, and the region of a number.
//
// The data equals that of the phone number library of the service; a test compares them.

import { isInternational } from "./digits.js";

// Calling codes and their regions, the largest first. A code is left out where it is the previous one plus one,
// which shrinks the table to a third.
const CALLING_CODES = [
  "1USAGAIASBBBMBSCADMDOGDGUJMKNKYLCMPMSPRSXTCTTVCVGVI 7RUKZ 20EG 27ZA 30GR NL BE FR ES 36HU 39ITVA RO CH 43AT",
  "GBGGIMJE DK SE NOSJ PL DE 51PE MX CU AR BR CL CO VE 60MY AUCCCX ID PH NZ SG TH 81JP KR 84VN 86CN 90TR IN PK AF",
  "LK MM 98IR 211SS MAEH DZ 216TN 218LY 220GM SN MR ML GN CI BF NE TG BJ MU LR SL GH NG TD CF CM CV ST GQ GA CG CD",
  "AO GW IO AC SC SD RW ET SO DJ KE TZ UG BI MZ 260ZM MG REYT ZW NA MW LS BW SZ KM 290SHTA ER 297AW FO GL 350GI PT",
  "LU IE IS AL MT CY FIAX BG 370LT LV EE MD AM BY AD MC SM 380UA RS ME XK 385HR SI BA 389MK 420CZ SK 423LI 500FK BZ",
  "GT SV HN NI CR PA PM HT 590GPBLMF BO GY EC GF PY MQ SR UY CWBQ 670TL 672NF BN NR PG TO SB VU FJ PW WF CK NU",
  "685WS KI NC TV PF TK FM MH 850KP 852HK MO 855KH LA 880BD 886TW 960MV LB JO SY IQ KW SA YE OM 970PS AE IL BH QA",
  "BT MN NP 992TJ TM AZ GE KG 998UZ",
].join(" ");

const CODE_OF = new Map(); // region -> calling code
let next = 0;
for (const [, code, regions] of CALLING_CODES.matchAll(/(\d*)([A-Z]+)/g)) {
  next = Number(code || next + 1);
  for (const region of regions.match(/../g)) CODE_OF.set(region, `${next}`);
}

// The regions of a list like "NL, be"; all regions if the list has no known one.
export function regionsIn(list) {
  const known = (list ?? "").toUpperCase().match(/[A-Z]{2}/g)?.filter((region) => CODE_OF.has(region));
  return known?.length ? known : [...CODE_OF.keys()];
}

// Options for a select, sorted by their names in this language.
export function optionsOf(regions, language) {
  const names = new Intl.DisplayNames(language, { type: "region" });
  const order = new Intl.Collator(language).compare;
  const rows = regions.map((region) => [names.of(region), region]).sort(([a], [b]) => order(a, b));
  // Isolated, so the + stays in front of its code in right-to-left text.
  return rows.map(([name, region]) => new Option(`${name} \u2066+${CODE_OF.get(region)}\u2069`, region));
}

// The region of a number with a calling code; `chosen` if it shares the code.
export function regionOf(plain, chosen) {
  if (!isInternational(plain)) return undefined;
  const digits = plain.replace(/\D/g, "").replace(/^00/, "");
  return [chosen, ...CODE_OF.keys()].find((region) => digits.startsWith(CODE_OF.get(region)));
}
