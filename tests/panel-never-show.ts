import type { Language } from '../panel/settings.ts';

/**
 * The panel's never-show rules as checks of what is shown: each gives what breaks the rule, or undefined. They know
 * nothing of how the panel is made, so that a panel made in another way is held to the same.
 */
export type Check = (shown: string) => string | undefined;

/** The one thing that may be said of no flag, in each language. */
const notNegative: Record<Language, RegExp> = {
  en: /\bnot a negative (finding|result)/gi,
  de: /\bkein negativer Befund/gi,
  es: /\bno es un hallazgo negativo/gi,
  ja: /陰性所見ではありません/g,
};

const promises: Record<Language, RegExp> = {
  en: /\bnormal|negative|\bclear\b|healthy|\brul(e[sd]?|ing) out|\bsafe\b|unremarkable/i,
  de: /\bnormal|negativ|unauffällig|\bgesund|ausgeschlossen|\bsicher\b|befundfrei|ohne Befund/i,
  es: /\bnormal|negativ|\bsan[oa]s?\b|descartad|\bsegur[oa]s?\b|sin hallazgos/i,
  ja: /正常|陰性|異常なし|健康|除外診断|安全|問題なし|所見なし(?!を意味しません)/,
};

const ticks = /[✓✔☑✅👍🟢]/u;

/** N1 in a language: a promise, or a tick. */
export function promiseIn(language: Language): Check {
  return (shown) => {
    const rest = shown.replaceAll(notNegative[language], '');
    return promises[language].exec(rest)?.[0] ?? ticks.exec(rest)?.[0];
  };
}

/** N1: whether a colour, `rgb(r, g, b)`, is a green as people see it: hue from 80 to 165 degrees, not near grey. */
export const greenIn: Check = (colour) => {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  const most = Math.max(r, g, b);
  const spread = most - Math.min(r, g, b);
  if (most !== g || spread < 0.25 * most) return undefined;
  const hue = 120 + (60 * (b - r)) / spread;
  return hue >= 80 && hue <= 165 ? colour : undefined;
};

/** N2: a number that reads as the model's certainty. What was counted in past cases, with its interval, is none. */
export const certaintyIn: Check = (shown) => {
  const rest = shown.replaceAll(/95\s*%[ -](interval|Intervall)|intervalo del 95\s*%/gi, '');
  return /\d\s*[%％]|percent|probab|\bscore\b|confiden|softmax|\b0\.\d{2,}/i.exec(rest)?.[0];
};

/** N3: a request for a picture of where a model reacted. */
export const heatmapIn: Check = (address) => /\/heatmaps?\/\S*/.exec(address)?.[0];

const diagnoses: Record<Language, RegExp> = {
  en: /\b((has|shows) an?|detected|confirmed|consistent with|diagnos\w+|positive)\b/i,
  de: /\b(hat ein|zeigt ein|erkannt|bestätigt|Diagnose|positiv)/i,
  es: /\b(tiene un|muestra un|detectad|confirmad|diagnóstico|positiv)/i,
  ja: /検出され|確定|診断|陽性/,
};

/** N4: words that tell a finding as a fact. */
export function diagnosisIn(language: Language): Check {
  return (shown) => diagnoses[language].exec(shown)?.[0];
}

const advice: Record<Language, RegExp> = {
  en: /\btreat|therap|\brecommend|follow[- ]up|biops|\bdrain|surger|\brefer to|immediately|\bat once\b|\bshould\b|administer/i,
  de: /behandel|therap|empf[eo]hl|verlaufskontrolle|biops|drainage|\bsofort\b|\boperier|verabreich|\bsollte/i,
  es: /trata(r|miento)|terap|recom[ie]+nd|seguimiento clínico|biops|drena|cirug|de inmediato|administr|\bdebería/i,
  ja: /治療|推奨|経過観察|生検|ドレナージ|手術|直ちに|投与|べき/,
};

/** N5: what to do with the patient. */
export function adviceIn(language: Language): Check {
  return (shown) => advice[language].exec(shown)?.[0];
}

/** N7: none, told as a number or as an answer. */
export const noneIn: Check = (shown) =>
  /\b(0|no|zero|keine|sin|ninguna) (flags?|Markierung(en)?|marcas?)\b(?! raised by AI| durch KI)|To look at\s*0\b|フラグ0件/i.exec(
    shown,
  )?.[0];

/** N11: a button that says of more than one exam that it was seen. `html`: of a page. */
export const wholesaleIn: Check = (html) => {
  const rest = html.replaceAll(/<li class="exam [^]*?<\/li>/g, '');
  return /<button[^>]*data-act="(seen|disagree|withdraw)[^"]*"[^>]*>/.exec(rest)?.[0];
};

/** N12: what can make a sound. `program`: text of a script, a style or a page. */
export const soundIn: Check = (program) =>
  /AudioContext|new Audio\b|<audio|createElement\(["'`]audio|speechSynthesis|createOscillator|\.vibrate\(|\.(mp3|wav|ogg)\b/.exec(
    program,
  )?.[0];

/** N13: a person beside a count. `people`: names of users. */
export function rankingIn(people: readonly string[]): Check {
  return (shown) =>
    people.map((name) => new RegExp(`${name}\\W+\\d[^\\n]*`).exec(shown)?.[0]).find(Boolean);
}

/** N6, N8, N9, N10: a text that must be nowhere. */
export function textIn(...texts: readonly string[]): Check {
  return (shown) => texts.find((text) => shown.includes(text));
}
