// words: what the form says, in the language that is closest to what page and person ask for.
//
// English is inside, so the form can speak even if nothing else comes; other languages are a file each.

import ENGLISH from "./words/en.json" with { type: "json" };

const LANGUAGES = [
  ..."en nl de fr es pt pt-BR it pl cs hu ro el ru uk tr ar he fa ur hi bn id".split(" "),
  ..."ms fil vi th zh-Hans zh-Hant ja ko sv da nb fi".split(" "),
];

export const isWord = (word) => word in ENGLISH;
export const directionOf = (language) => (/^(ar|he|fa|ur)$/.test(language) ? "rtl" : "ltr");

// What these tags name; some systems have languages like "en-US@posix", which name nothing.
export function localesOf(tags) {
  return tags.flatMap((tag) => {
    try {
      return new Intl.Locale(tag);
    } catch {
      return [];
    }
  });
}

// The language that the page gives an element, from outside of shadow roots too.
export function languageAround(element) {
  const near = element.closest("[lang]");
  const { host } = element.getRootNode();
  return near ? near.lang : host && languageAround(host);
}

// The first of these languages that we speak, or English.
export function closestOf(tags) {
  for (const asked of localesOf(tags)) {
    // What a tag leaves out is filled in as most people mean it: zh-TW is written zh-Hant.
    const { language, script, region } = asked.maximize();
    // Norwegian has three names, and most people read its `nb`.
    const names = [`${asked}`, `${language}-${region}`, `${language}-${script}`, language.replace(/^n[on]$/, "nb")];
    const found = names.find((name) => LANGUAGES.includes(name));
    if (found) return found;
  }
  return "en";
}

// Gives a function that says a word in this language, with its values put in.
export function speaker(language, words) {
  const figure = (value, least) => value.toLocaleString(language, { minimumIntegerDigits: least });
  const put = {
    digits: figure,
    count: figure,
    number: (masked) => `\u2066${masked}\u2069`, // isolated: its + stays in front, right to left too
    clock(milliseconds) {
      const seconds = Math.ceil(milliseconds / 1000);
      return `${figure(Math.floor(seconds / 60))}:${figure(seconds % 60, 2)}`;
    },
    wait(seconds = 60) {
      const [size, unit] = seconds < 90 ? [1, "second"] : seconds < 5400 ? [60, "minute"] : [3600, "hour"];
      return new Intl.RelativeTimeFormat(language).format(Math.ceil(seconds / size), unit);
    },
  };
  return (word, values) =>
    (words[word] ?? ENGLISH[word]).replace(/\{(\w+)\}/g, (_, name) => put[name](values[name]));
}
