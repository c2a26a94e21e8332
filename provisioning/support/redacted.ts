/**
 * Texts of a configuration that say nothing about a site, a person or a secret: words of closed lists. Every other text is
 * left out, also of keys that come later: what is not known to be harmless is not told.
 */
const harmlessKeys = new Set([
  'duplicatePolicy',
  'https',
  'level',
  'logLevel',
  'minVersion',
  'modality',
  'objects',
  'protocol',
  'provider',
]);

const word = /^[A-Za-z0-9._-]{1,40}$/;

/** A configuration for somebody who helps: numbers, switches and words of closed lists; of other texts, that they are set. */
export function redactConfiguration(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => redactConfiguration(each, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, redactConfiguration(each, name)]),
    );
  if (typeof value !== 'string') return value;
  return harmlessKeys.has(key) && word.test(value) ? value : '(set)';
}

/** Fields of a log line that never name a patient, a person, a peer or a file. */
const logFields = new Set(['time', 'level', 'msg', 'code', 'because', 'state', 'signal']);

/** What the program itself says, and never anything that came from outside: words, and nothing with digits in a row. */
const saying = /^[A-Za-z][A-Za-z _,'-]{0,80}$/;

/**
 * A line of the appliance’s log (JSON) for somebody who helps; undefined for what is none. Times and numbers stay, and the
 * program’s own words; every other field is left out.
 */
export function redactLogLine(line: string): Record<string, unknown> | undefined {
  const parsed = parse(line);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  return Object.fromEntries(Object.entries(parsed).filter(([name, each]) => isTold(name, each)));
}

function isTold(name: string, value: unknown): boolean {
  if (!logFields.has(name)) return false;
  return typeof value === 'string' ? saying.test(value) : typeof value === 'number';
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Lines of Prometheus’ text whose labels are words of closed lists: those that may name a peer or a model’s site are not. */
export function redactMetrics(text: string): string[] {
  const line =
    /^[a-z_]+(\{[a-z_]+="[A-Za-z0-9._-]*"(,[a-z_]+="[A-Za-z0-9._-]*")*\})? [-+0-9.eNaInf]+$/;
  return text.split('\n').filter((each) => line.test(each) && !/destination=|peer=/.test(each));
}
