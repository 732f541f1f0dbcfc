// digits: numbers and codes as people type and paste them, in any script.

// Every script has its digits in a row, so each is worth its distance from the row's beginning.
// Some rows stand behind each other without a gap: after ten it begins again.
function plainDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => {
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0) - before - 1))) before += 1;
    return before % 10;
  });
}

// A number without the unseen marks that contacts add.
export function plainNumber(typed) {
  return plainDigits(typed).replace(/＋/g, "+").replace(/[^ -~]/g, "").trim().replace(/^tel:/i, "");
}

// A number that names its country itself: "+31 6", "0031 6".
export const isInternational = (plain) => /^(\+|00)/.test(plain);

// The code in what was typed or pasted, even a whole SMS: so many digits in a row, or else in groups. Where only fewer
// or more stand together it is not whole, but perhaps a phone number.
// In this order, for a brand or a time in front of the code may look like its first group.
export function codeIn(text, length) {
  const plain = plainDigits(text);
  const find = (gap) => plain.match(new RegExp(`(?<!\\d${gap})\\d(?:${gap}\\d){${length - 1}}(?!${gap}\\d)`))?.[0];
  const found = find("") ?? find("[ \u00a0-]?");
  return { value: (found ?? plain).replace(/\D/g, "").slice(0, length), isWhole: found !== undefined };
}
