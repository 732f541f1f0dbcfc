// words: the texts of the form, in the language that matches page and user best.
//
// English is bundled, so the form has texts even if nothing else loads; each other language is a file.

import ENGLISH from "./words/en.json" with { type: "json" };

const LANGUAGES = [
  ..."en nl de fr es pt pt-BR it pl cs hu ro el ru uk tr ar he fa ur hi bn id".split(" "),
  ..."ms fil vi th zh-Hans zh-Hant ja ko sv da nb fi".split(" "),
];

export const isWord = (word) => word in ENGLISH;
export const directionOf = (language) => (/^(ar|he|fa|ur)$/.test(language) ? "rtl" : "ltr");

// The locales of these tags; some systems have invalid tags like "en-US@posix", which are left out.
export function localesOf(tags) {
  return tags.flatMap((tag) => {
    try {
      return new Intl.Locale(tag);
    } catch {
      return [];
    }
  });
}

// The language of an element by its ancestors, across shadow roots.
export function languageAround(element) {
  const near = element.closest("[lang]");
  const { host } = element.getRootNode();
  return near ? near.lang : host && languageAround(host);
}

// The first supported language of these tags, or English.
export function closestOf(tags) {
  for (const locale of localesOf(tags)) {
    // Missing subtags get their likely values: zh-TW becomes zh-Hant.
    const { language, script, region } = locale.maximize();
    // Norwegian has three tags; most readers use `nb`.
    const names = [`${locale}`, `${language}-${region}`, `${language}-${script}`, language.replace(/^n[on]$/, "nb")];
    const found = names.find((name) => LANGUAGES.includes(name));
    if (found) return found;
  }
  return "en";
}

// Returns a function that returns a text in this language, with its values filled in.
export function translator(language, words) {
  const format = (value, digits) => value.toLocaleString(language, { minimumIntegerDigits: digits });
  const formats = {
    digits: format,
    count: format,
    number: (masked) => `\u2066${masked}\u2069`, // isolated, so the + stays in front in right-to-left text
    clock(milliseconds) {
      const seconds = Math.ceil(milliseconds / 1000);
      return `${format(Math.floor(seconds / 60))}:${format(seconds % 60, 2)}`;
    },
    wait(seconds = 60) {
      const [size, unit] = seconds < 90 ? [1, "second"] : seconds < 5400 ? [60, "minute"] : [3600, "hour"];
      return new Intl.RelativeTimeFormat(language).format(Math.ceil(seconds / size), unit);
    },
  };
  return (word, values) =>
    (words[word] ?? ENGLISH[word]).replace(/\{(\w+)\}/g, (_, name) => formats[name](values[name]));
}
