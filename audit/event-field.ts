/** What a field can hold. Lists are short: an event is no place for data. */
export type FieldValue = string | number | boolean | readonly string[];

/** How the values of a field look. */
export interface FieldForm {
  means: string;
  form: string;
  holds(value: FieldValue): boolean;
}

const mostListed = 512;

function text(form: string, pattern: RegExp, means: string): FieldForm {
  return { means, form, holds: (value) => typeof value === 'string' && pattern.test(value) };
}

function list(form: string, pattern: RegExp, means: string): FieldForm {
  const holds = (value: FieldValue) =>
    Array.isArray(value) &&
    value.length <= mostListed &&
    value.every((each) => typeof each === 'string' && pattern.test(each));
  return { means, form: `up to ${mostListed} of: ${form}`, holds };
}

function number(unit: string, low: number, high: number, means: string): FieldForm {
  const holds = (value: FieldValue) => typeof value === 'number' && value >= low && value <= high;
  return { means, form: `number, ${low} to ${high}, ${unit}`, holds };
}

const uid = /^[0-9.]{1,64}$/;
const code = /^[A-Za-z0-9][A-Za-z0-9._:/+@-]{0,95}$/;
const hash = /^[0-9a-f]{64}$/;
const aeTitle = /^[\x21-\x5b\x5d-\x7e][\x20-\x5b\x5d-\x7e]{0,15}$/;
/** LO of PS3.5 without control characters: the one field that a patient can be known by. */
const patientId = /^[^\p{Cc}\\]{1,64}$/u;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

const codeForm = 'code: letters, digits and ._:/+@-, at most 96';
const uidForm = 'UID (PS3.5)';
const hashForm = 'SHA-256, 64 hexadecimal digits';

/** Every field of the catalogue. A form that could hold a sentence is not among them. */
export const fieldForms = {
  studyUid: text(uidForm, uid, 'study; participant object 110180'),
  sopClassUids: list(uidForm, uid, 'SOP classes of the instances; 110181'),
  sopInstanceUids: list(uidForm, uid, 'instances'),
  inputUids: list(uidForm, uid, 'instances that were judged'),
  inputHashes: list(
    hashForm,
    hash,
    'the same, hashed with a key of the device, where UIDs must not be kept',
  ),
  resultUids: list(uidForm, uid, 'instances that hold the result'),
  patientId: text('LO (PS3.5)', patientId, 'patient, where PS3.15 A.5 wants one'),
  source: text('AE title or code', aeTitle, 'who sent; role 110153'),
  destination: text('AE title or code', aeTitle, 'who received; role 110152'),
  application: text(codeForm, code, 'which program; role 110150'),
  address: text('IP address or host name', /^[A-Za-z0-9.:_-]{1,253}$/, 'network access point'),
  protocol: text(codeForm, code, 'dicom, dicomweb, hl7, fhir, panel, mqtt'),
  user: text(codeForm, code, 'who: a number or short name of the device’s own, no person’s name'),
  role: text(codeForm, code, 'role of the user'),
  account: text(codeForm, code, 'the user that something was done to'),
  profile: text(codeForm, code, 'presentation profile under which it was shown'),
  instances: number('instances', 0, 1e9, 'how many'),
  reason: text(codeForm, code, 'why, as a code of the catalogue of errors or of a closed list'),
  item: text(codeForm, code, 'which configuration key, file or part'),
  oldHash: text(hashForm, hash, 'what was before'),
  newHash: text(hashForm, hash, 'what is now'),
  model: text(codeForm, code, 'name of the model'),
  modelVersion: text(codeForm, code, 'its version'),
  modelHash: text(hashForm, hash, 'hash of its bundle'),
  previousVersion: text(codeForm, code, 'version before'),
  version: text(codeForm, code, 'version of Scanside'),
  runtime: text(codeForm, code, 'what ran it: ort, tensorrt, kserve'),
  provider: text(codeForm, code, 'on what: cpu, cuda, tensorrt'),
  preprocessing: text(codeForm, code, 'version of the preprocessing'),
  thresholds: text(hashForm, hash, 'hash of the thresholds in force'),
  start: text('UTC, ISO 8601', instant, 'when the work began (Art. 12(3)(a))'),
  end: text('UTC, ISO 8601', instant, 'when it ended'),
  output: text(codeForm, code, 'flagged, no-flag, not-analysed'),
  findings: list(codeForm, code, 'ids of what was flagged'),
  quality: text(codeForm, code, 'verdict of the input check'),
  latencyMs: number('ms', 0, 1e9, 'from the last image to the result'),
  celsius: number('°C', -60, 200, 'temperature of the accelerator'),
  throttled: {
    means: 'the accelerator was slowed down by heat or power',
    form: 'true or false',
    holds: (value) => typeof value === 'boolean',
  },
  acknowledgedBy: text(codeForm, code, 'who took note of it (Art. 12(3)(d))'),
  wallStepMs: number('ms', -1e13, 1e13, 'by how much wall time jumped'),
  bytes: number('bytes', 0, 1e15, 'how many bytes'),
  segment: number('segment', 0, 4294967295, 'segment of the log'),
  firstRecord: number('record', 0, Number.MAX_SAFE_INTEGER, 'first record that is concerned'),
  lastRecord: number('record', 0, Number.MAX_SAFE_INTEGER, 'last record that is concerned'),
} as const satisfies Record<string, FieldForm>;

export type FieldName = keyof typeof fieldForms;
