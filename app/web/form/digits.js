// digits: reads numbers and codes as users type and paste them, in any script.

// Every script has its digits in one Unicode range, so the value of a digit is its offset in the range.
// Some ranges follow each other without a gap, hence modulo ten.
function plainDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => {
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0) - before - 1))) before += 1;
    return before % 10;
  });
}

// A number in ASCII, to find its country. It is sent as it was typed: the service alone decides what it means.
export function plainNumber(typed) {
  return plainDigits(typed).replace(/＋/g, "+").replace(/[^ -~]/g, "").trim().replace(/^tel:/i, "");
}

// A number that starts with a calling code: "+31 6", "(+31) 6", "0031 6".
export const isInternational = (plain) => /^\(?(\+|00)/.test(plain);

// Finds the code in typed or pasted text, even in a whole SMS: `length` digits in a row, or else in groups. A run of
// fewer or more digits is not a whole code, but perhaps a phone number.
// In this order, because a brand or a time before the code may look like its first group.
export function codeIn(text, length) {
  const plain = plainDigits(text);
  const find = (gap) => plain.match(new RegExp(`(?<!\\d${gap})\\d(?:${gap}\\d){${length - 1}}(?!${gap}\\d)`))?.[0];
  const found = find("") ?? find("[ \u00a0-]?");
  return { value: (found ?? plain).replace(/\D/g, "").slice(0, length), isWhole: found !== undefined };
}
