/** An answer to a message (HL7 v2.5.1 2.9.2): a message with an MSA segment, and ERR segments where something is wrong. */
export interface Acknowledgement {
  /** MSA-1, table 0008, in the original or the enhanced mode. */
  code: 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';
  /** MSA-2: which message it answers. */
  controlId: string;
  /** What the receiver says is wrong, in one line, without what the message says of the patient. */
  detail: string;
}

/** What was sent, by which an answer is read. */
export interface SentMessage {
  controlId: string;
  /** Segments, each ended by a carriage return. */
  text: string;
}

/** An answer that is none. */
export class UnreadableAcknowledgement extends Error {}

const codes: ReadonlySet<string> = new Set(['AA', 'AE', 'AR', 'CA', 'CE', 'CR']);

/** Table 0357: what an error code means. */
const errorConditions: Record<string, string> = {
  100: 'segment sequence error',
  101: 'required field missing',
  102: 'data type error',
  103: 'table value not found',
  200: 'unsupported message type',
  201: 'unsupported event code',
  202: 'unsupported processing id',
  203: 'unsupported version id',
  204: 'unknown key identifier',
  205: 'duplicate key identifier',
  206: 'application record locked',
  207: 'application internal error',
};

const longestDetail = 200;

/**
 * Reads what a receiver answers. Throws UnreadableAcknowledgement for what is no acknowledgement. Its free texts often
 * quote the message: what stood in the patient's and the order's segment, and every longer number, is struck out.
 */
export function readAcknowledgement(bytes: Uint8Array, sent: SentMessage): Acknowledgement {
  const segments = segmentsOf(new TextDecoder().decode(bytes));
  const answer = segments.find(({ name }) => name === 'MSA');
  const code = answer?.field(1) ?? '';
  if (!answer || !isCode(code))
    throw new UnreadableAcknowledgement('an answer without an acknowledgement code');
  const hide = patientHider(sent.text);
  const errors = segments.filter(({ name }) => name === 'ERR');
  const said = [...errors.flatMap((error) => describeError(error, hide)), hide(answer.field(3))];
  const detail = shorten(said.filter((part) => part !== '').join('; '));
  return { code, controlId: answer.field(2), detail };
}

function isCode(text: string): text is Acknowledgement['code'] {
  return codes.has(text);
}

interface Segment {
  name: string;
  field(number: number): string;
  /** What parts the components of a field. */
  component: string;
}

/** No segments where it does not begin with a header that says its separators. */
function segmentsOf(text: string): Segment[] {
  if (!/^MSH[^\w\s]{2}/.test(text)) return [];
  const [field, component] = [text.charAt(3), text.charAt(4)];
  return text.split(/[\r\n]+/).map((line) => {
    const fields = line.split(field);
    return {
      name: fields[0] ?? '',
      field: (number) => (fields[number] ?? '').trim(),
      component,
    };
  });
}

/** ERR of v2.5 (HL7 v2.5.1 2.15.5): code, place, and what the receiver adds for people. */
function describeError({ field, component }: Segment, hide: (text: string) => string): string[] {
  const [code = '', meaning = ''] = field(3).split(component);
  const place = field(2).split(component).filter(Boolean).join('-');
  const known = errorConditions[code];
  const what = known ? `${code} ${known}` : hide(meaning);
  const where = /^[A-Z][A-Z\d]{2}(-\d{1,3})*$/.test(place) ? `at ${place}` : '';
  return [`${what} ${where}`.trim(), hide(field(7)), hide(field(8))];
}

/** Strikes out every text of the patient's segment, every identifier of the order, and every longer number. */
function patientHider(sent: string): (text: string) => string {
  const patterns = patientWords(sent).map(
    (word) => new RegExp(word.replaceAll(/[^\p{L}\p{N}]/gu, String.raw`\$&`), 'gi'),
  );
  return (text) =>
    patterns
      .reduce((struck, pattern) => struck.replaceAll(pattern, '…'), text)
      .replaceAll(/\d[\d./-]{2,}\d/g, '…');
}

/** The longest first: one may be part of another. A single letter says too little of anybody to be looked for. */
function patientWords(sent: string): string[] {
  return sent
    .split('\r')
    .filter((segment) => /^(PID|OBR)\|/.test(segment))
    .flatMap((segment) => segment.split('|').slice(2, segment.startsWith('OBR') ? 4 : undefined))
    .flatMap((field) => field.split(/[~^&\\\s]+/))
    .filter((word) => word.length > 1 || /\p{Lo}/u.test(word))
    .sort((one, other) => other.length - one.length);
}

function shorten(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ').toWellFormed();
  return line.length <= longestDetail ? line : `${line.slice(0, longestDetail - 1)}…`;
}
