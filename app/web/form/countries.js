// countries: the regions, their calling codes, and the region of a number.
//
// The data equals that of the phone number library of the service; a test compares them.

import { isInternational } from "./digits.js";

// Calling codes and their regions: the largest in capitals, then those that share its code. A code is left out where it
// is the previous one plus one, which shrinks the table to a third.
const CALLING_CODES = [
  "1USagaiasbbbmbscadmdogdgujmknkylcmpmsprsxtcttvcvgvi7RUkz20EG27ZA30GRNLBEFRES36HU39ITvaROCH43ATGBggimjeDKSENOsjPL",
  "DE51PEMXCUARBRCLCOVE60MYAUcccxIDPHNZSGTH81JPKR84VN86CN90TRINPKAFLKMM98IR211SSMAehDZ216TN218LY220GMSNMRMLGNCIBFNE",
  "TGBJMULRSLGHNGTDCFCMCVSTGQGACGCDAOGWIOACSCSDRWETSODJKETZUGBIMZ260ZMMGREytZWNAMWLSBWSZKM290SHtaER297AWFOGL350GIPT",
  "LUIEISALMTCYFIaxBG370LTLVEEMDAMBYADMCSM380UARSMEXK385HRSIBA389MK420CZSK423LI500FKBZGTSVHNNICRPAPMHT590GPblmfBOGY",
  "ECGFPYMQSRUYCWbq670TL672NFBNNRPGTOSBVUFJPWWFCKNU685WSKINCTVPFTKFMMH850KP852HKMO855KHLA880BD886TW960MVLBJOSYIQKW",
  "SAYEOM970PSAEILBHQABTMNNP992TJTMAZGEKG998UZ",
].join("");

export const CODE_OF = new Map(); // region -> calling code
let next = 0;
for (const [, code, regions] of CALLING_CODES.matchAll(/(\d*)([A-Z]{2}[a-z]*)/g)) {
  next = Number(code || next + 1);
  for (const region of regions.toUpperCase().match(/../g)) CODE_OF.set(region, `${next}`);
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
