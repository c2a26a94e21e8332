/** Priorities of IEC 60601-1-8, for what is wrong with the device; never for what AI says of a patient. */
export type ConditionPriority = 'high' | 'medium' | 'low';

export interface ConditionEntry {
  /** `high` only where results may be wrong or images may be lost. */
  priority: ConditionPriority;
  /** For people, in English: what is so and what it means. `{name}` stands for a value, and none names a patient. */
  text: string;
  /** What the person who reads it should do. */
  remedy: string;
}

/**
 * Every condition of the device: one source for the panel, telemetry and the documentation. `docs/conditions.md` is made
 * from it.
 */
export const conditions = {
  'self-test-failed': {
    priority: 'high',
    text: 'Model {model} fails its self-test and is not used: its exams are not analysed.',
    remedy: 'Read exams without AI. Call service: the model or this device is damaged.',
  },
  'model-changed': {
    priority: 'high',
    text: 'The files of model {model} are not those that were installed: it is not used and its exams are not analysed.',
    remedy:
      'Read exams without AI. Call service: find out who had access, then install the model again.',
  },
  'model-unusable': {
    priority: 'medium',
    text: 'Model {model} cannot be used: its exams are not analysed.',
    remedy: 'Read exams without AI. Call service: the log says why.',
  },
  'clock-jumped': {
    priority: 'high',
    text: 'The clock of this device has jumped by {minutes} min: times in results of today may be wrong.',
    remedy:
      'Check date, time and time server of this device. Compare the times of today’s results with the scanner’s.',
  },
  'patient-mismatch': {
    priority: 'high',
    text: 'Images of one exam name different patients (exams: {count}): NOTHING OF IT IS SENT.',
    remedy: 'Compare the patient on the scanner console, correct it there and send the exam again.',
  },
  'disk-refusing': {
    priority: 'high',
    text: 'The disk is full: images are refused until there is room.',
    remedy:
      'Keep the exams on the scanner and send them again. Restore the connection to the PACS, or call service.',
  },
  'pacs-failing': {
    priority: 'medium',
    text: 'No connection to {destination}: results wait here and are sent when it answers.',
    remedy:
      'Tell who looks after the PACS or the network. Flags are seen on this panel only, until then.',
  },
  'messages-failing': {
    priority: 'medium',
    text: 'No connection to {destination}: messages wait here and are sent when it answers.',
    remedy: 'Tell who looks after that system or the network.',
  },
  'no-pacs': {
    priority: 'medium',
    text: 'No PACS is configured: results stay on this device.',
    remedy: 'Have an administrator enter a destination in the configuration.',
  },
  'disk-low': {
    priority: 'medium',
    text: 'The disk is almost full: {percent} % free.',
    remedy:
      'Check that results reach the PACS: what is delivered is erased by itself. Otherwise call service.',
  },
  'ai-paused': {
    priority: 'medium',
    text: 'AI is paused: exams are received and not analysed.',
    remedy: 'Read exams without AI. Resume AI when the reason for the pause is gone.',
  },
  'ai-pause-due': {
    priority: 'medium',
    text: 'AI has been paused for long.',
    remedy: 'Resume AI, or tell the others why it stays paused.',
  },
  'ai-failed': {
    priority: 'medium',
    text: 'AI has failed and is started again: exams wait.',
    remedy: 'Read exams without AI. If it lasts for more than a few minutes, call service.',
  },
  'ai-held-heat': {
    priority: 'medium',
    text: 'AI IS STOPPED, this device is too hot: exams are received and wait. No exam is lost.',
    remedy:
      'Read exams without AI. See that air reaches the device; it goes on by itself when it has cooled.',
  },
  'ai-held-memory': {
    priority: 'medium',
    text: 'AI IS STOPPED, memory is short: exams are received and wait. No exam is lost.',
    remedy:
      'Read exams without AI. It goes on by itself when there is memory; if it recurs, call service.',
  },
  'ai-held-power': {
    priority: 'medium',
    text: 'AI IS STOPPED, the power supply is at its limit: exams are received and wait. No exam is lost.',
    remedy:
      'Read exams without AI. Call service: power supply or power mode do not suit the device.',
  },
  'ai-held-blind': {
    priority: 'medium',
    text: 'AI IS STOPPED, temperatures cannot be read: exams are received and wait. No exam is lost.',
    remedy: 'Read exams without AI. Call service: the sensors of this device do not answer.',
  },
  'conflicting-images-first': {
    priority: 'medium',
    text: 'Different images came under one identity (exams: {count}): what came first counts.',
    remedy:
      'Compare the result with the images in the PACS. Have the numbering of the scanner checked.',
  },
  'conflicting-images-latest': {
    priority: 'medium',
    text: 'Different images came under one identity (exams: {count}): what came last counts.',
    remedy:
      'Compare the result with the images in the PACS. Have the numbering of the scanner checked.',
  },
  'conflicting-images-aside': {
    priority: 'medium',
    text: 'Different images came under one identity (exams: {count}): such an exam is not analysed.',
    remedy: 'Read these exams without AI. Have the numbering of the scanner checked.',
  },
  'certificate-expired': {
    priority: 'medium',
    text: 'The certificate {certificate} has expired: connections with it are refused.',
    remedy: 'Have an administrator install a new certificate.',
  },
  'certificate-early': {
    priority: 'medium',
    text: 'The certificate {certificate} begins in the future: the clock of this device stands wrong. No certificate is renewed.',
    remedy: 'Check date, time and time server of this device.',
  },
  'panel-without-https': {
    priority: 'medium',
    text: 'This panel is reached over the network without HTTPS: names of patients cross it readable.',
    remedy: 'Have an administrator give the panel a certificate, or restrict it to this device.',
  },
  'audit-full': {
    priority: 'medium',
    text: 'The audit log is full: nothing more is recorded.',
    remedy: 'Have an administrator export the audit log or raise its quota.',
  },
  'audit-unwritable': {
    priority: 'medium',
    text: 'The audit log cannot be written: what people do here is not recorded.',
    remedy: 'Call service: look at the disk of this device.',
  },
  'audit-damaged': {
    priority: 'medium',
    text: 'The audit log was found damaged: earlier records may be missing or changed.',
    remedy:
      'Have an administrator run `scanside audit verify` and look at who had access to the disk.',
  },
  'model-paused': {
    priority: 'medium',
    text: 'Model {model} is not trusted here for the time being: its exams are not analysed.',
    remedy:
      'Read exams without AI. The quality page says why; a radiologist decides when it goes on.',
  },
  'model-previous': {
    priority: 'medium',
    text: 'Model {model} is not trusted here for the time being: its version {version} from before answers.',
    remedy: 'The quality page says why; a radiologist decides when the newer version goes on.',
  },
  'model-restricted': {
    priority: 'medium',
    text: 'Model {model} is trusted less than before: its flags are marked for a second look.',
    remedy: 'Rely neither on its flags nor on their absence. The quality page says why.',
  },
  'other-population': {
    priority: 'medium',
    text: 'Model {model} gets images of other patients, or of another kind, from {scanner} than it was validated on.',
    remedy: 'Check which scanner and which exams send here, and that ages are in the images.',
  },
  'input-changed': {
    priority: 'medium',
    text: 'What model {model} gets from {scanner} is no longer as it was.',
    remedy: 'Find out what was changed on the scanner: settings, software, protocol, patients.',
  },
  'sensitivity-alarm': {
    priority: 'medium',
    text: 'Model {model} misses more findings than intended.',
    remedy: 'Read exams as if AI had not looked. The supplier of the model has to train it again.',
  },
  'quality-unknown': {
    priority: 'medium',
    text: 'What this device knew of the quality of its models cannot be read: flags are marked for a second look.',
    remedy: 'Call service: put back quality.db from a copy, or begin anew without it.',
  },
  'input-changing': {
    priority: 'low',
    text: 'What model {model} gets from {scanner} is changing.',
    remedy: 'Look at the quality page. Find out what was changed on the scanner.',
  },
  'sensitivity-watch': {
    priority: 'low',
    text: 'Model {model} may miss more findings than intended.',
    remedy: 'Look at the quality page, and have more exams without a flag read again.',
  },
  'audit-near-full': {
    priority: 'low',
    text: 'The audit log is almost full: {percent} % of its space is used.',
    remedy: 'Have an administrator export the audit log or raise its quota.',
  },
  'ai-late': {
    priority: 'low',
    text: 'AI is about {seconds} s behind.',
    remedy: 'Read urgent exams without waiting for AI.',
  },
  'ai-behind': {
    priority: 'low',
    text: 'AI is behind; how long cannot be told.',
    remedy: 'Read urgent exams without waiting for AI.',
  },
  'ai-slower-heat': {
    priority: 'low',
    text: 'AI works slower: this device is warm.',
    remedy: 'See that air reaches the device.',
  },
  'ai-slower-memory': {
    priority: 'low',
    text: 'AI works slower: memory is short.',
    remedy: 'If it recurs, call service.',
  },
  'ai-slower-power': {
    priority: 'low',
    text: 'AI works slower: the power supply is near its limit.',
    remedy: 'If it recurs, call service: power supply or power mode do not suit the device.',
  },
  'ai-slower-blind': {
    priority: 'low',
    text: 'AI works slower: temperatures cannot be read.',
    remedy: 'Call service: the sensors of this device do not answer.',
  },
  'server-detour': {
    priority: 'low',
    text: 'AI runs on this device and not on the inference server: results may come later.',
    remedy: 'Tell who looks after the server. It is tried again by itself.',
  },
  'certificate-expiring': {
    priority: 'low',
    text: 'The certificate {certificate} expires in {days} days.',
    remedy: 'Have an administrator install a new certificate before that.',
  },
  'demonstration-model': {
    priority: 'low',
    text: 'DEMONSTRATION MODEL: NOT FOR CLINICAL USE.',
    remedy: 'Decide nothing about a patient by what this device says.',
  },
  'configuration-open': {
    priority: 'low',
    text: 'The configuration leaves open what a hospital must close (points: {count}).',
    remedy: 'The device page names each point. Have an administrator change the configuration.',
  },
  'platform-mismatch': {
    priority: 'low',
    text: 'The software was built for another system than this device runs, so AI works without the accelerator.',
    remedy: 'Install the image that was built for the device’s JetPack, or update the device.',
  },
  'update-lock': {
    priority: 'low',
    text: 'Updates cannot be kept away while an exam is on its way: one may interrupt it. It is then done again.',
    remedy: 'If an update is due, let it end. Otherwise call service.',
  },
} as const satisfies Record<string, ConditionEntry>;

export type ConditionId = keyof typeof conditions;

/** A condition that holds now. */
export interface ActiveCondition {
  id: ConditionId;
  priority: ConditionPriority;
  /** Values of the text by name. */
  values: Record<string, string | number>;
}

/** Says that a condition holds. */
export function raise(id: ConditionId, values: ActiveCondition['values'] = {}): ActiveCondition {
  return { id, priority: conditions[id].priority, values };
}

/** The condition in English. */
export function conditionText({ id, values }: ActiveCondition): string {
  return conditions[id].text.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? ''),
  );
}

const order: readonly ConditionPriority[] = ['high', 'medium', 'low'];

/** The most urgent first, and of one priority as given. */
export function sortConditions(active: readonly ActiveCondition[]): ActiveCondition[] {
  const rank = ({ priority }: ActiveCondition) => order.indexOf(priority);
  return active.toSorted((one, other) => rank(one) - rank(other));
}
