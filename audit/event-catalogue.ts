import type { FieldName } from './event-field.ts';

/** EventActionCode of PS3.15 A.5: create, read, update, delete, execute. */
export type EventAction = 'C' | 'R' | 'U' | 'D' | 'E';

export interface EventEntry {
  /** EventID of PS3.15 A.5 (DCM); 'AI1' is Scanside's own, because DICOM has none for a judgement by a model. */
  id: string;
  /** EventTypeCode (DCM), empty where the message has none. */
  type: string;
  action: EventAction;
  means: string;
  required: readonly FieldName[];
  optional: readonly FieldName[];
}

const inference = [
  'start',
  'end',
  'model',
  'modelVersion',
  'modelHash',
  'runtime',
  'provider',
  'preprocessing',
  'thresholds',
  'output',
  'quality',
  'latencyMs',
] as const;

const who = ['user', 'role', 'address'] as const;
const peer = ['source', 'destination', 'address', 'protocol'] as const;

function entry(
  id: string,
  type: string,
  action: EventAction,
  means: string,
  required: readonly FieldName[],
  optional: readonly FieldName[] = [],
): EventEntry {
  return { id, type, action, means, required, optional };
}

/** Every event that can be recorded. `docs/audit-events.md` is made from this table. */
export const auditEvents = {
  'application-start': entry(
    '110100',
    '110120',
    'E',
    'the appliance has started, with which configuration',
    ['version'],
    ['reason', 'newHash'],
  ),
  'application-stop': entry(
    '110100',
    '110121',
    'E',
    'the appliance stops',
    ['version'],
    ['reason'],
  ),
  'log-used': entry(
    '110101',
    '',
    'R',
    'somebody read, exported or verified the audit log',
    [],
    [...who, 'firstRecord', 'lastRecord'],
  ),
  'transfer-begin': entry(
    '110102',
    '',
    'E',
    'instances begin to be sent',
    ['studyUid', 'destination'],
    [...peer, 'sopClassUids', 'instances', 'patientId'],
  ),
  'instances-accessed': entry(
    '110103',
    '',
    'R',
    'somebody opened a case on the panel',
    ['studyUid'],
    [...who, 'patientId', 'instances'],
  ),
  'instances-received': entry(
    '110104',
    '',
    'C',
    'instances were received, or refused',
    ['source'],
    [...peer, 'studyUid', 'sopClassUids', 'sopInstanceUids', 'instances', 'patientId', 'reason'],
  ),
  'instances-sent': entry(
    '110104',
    '',
    'R',
    'instances were sent, or could not be',
    ['destination'],
    [...peer, 'studyUid', 'sopClassUids', 'sopInstanceUids', 'instances', 'patientId', 'reason'],
  ),
  'study-deleted': entry(
    '110105',
    '',
    'D',
    'a study was erased',
    ['studyUid', 'reason'],
    [...who, 'instances', 'patientId'],
  ),
  'data-exported': entry(
    '110106',
    '',
    'R',
    'data left by hand: a log, a feedback case, a removable disk',
    ['item', 'destination'],
    [...who, 'studyUid', 'patientId', 'newHash', 'firstRecord', 'lastRecord'],
  ),
  'data-imported': entry(
    '110107',
    '',
    'C',
    'a bundle or a configuration was brought in',
    ['item', 'source'],
    [...who, 'newHash', 'version'],
  ),
  query: entry(
    '110112',
    '',
    'E',
    'another system was asked, or asked',
    ['protocol'],
    [...peer, 'studyUid', 'reason'],
  ),
  'node-refused': entry(
    '110113',
    '110126',
    'E',
    'a peer was refused: certificate, AE title or address',
    ['reason'],
    [...peer],
  ),
  'network-configuration': entry(
    '110113',
    '110128',
    'U',
    'the network configuration was changed',
    ['item'],
    [...who, 'oldHash', 'newHash'],
  ),
  'security-configuration': entry(
    '110113',
    '110129',
    'U',
    'the configuration, keys, certificates or access were changed',
    ['item'],
    [...who, 'oldHash', 'newHash'],
  ),
  'hardware-configuration': entry(
    '110113',
    '110130',
    'U',
    'hardware is another than before',
    ['item'],
    ['oldHash', 'newHash'],
  ),
  'model-installed': entry(
    '110113',
    '110131',
    'C',
    'a model bundle was installed, or its installation failed',
    ['model', 'modelVersion', 'modelHash'],
    [...who, 'reason'],
  ),
  'model-activated': entry(
    '110113',
    '110131',
    'U',
    'a model went into service',
    ['model', 'modelVersion', 'modelHash'],
    [...who, 'previousVersion', 'reason'],
  ),
  'model-rolled-back': entry(
    '110113',
    '110131',
    'U',
    'a model was put back to the version before',
    ['model', 'modelVersion', 'modelHash', 'reason'],
    [...who, 'previousVersion'],
  ),
  'thresholds-changed': entry(
    '110113',
    '110131',
    'U',
    'thresholds of a model were changed',
    ['model', 'thresholds'],
    [...who, 'modelVersion', 'oldHash'],
  ),
  'software-updated': entry(
    '110113',
    '110131',
    'U',
    'the software was updated',
    ['version'],
    [...who, 'previousVersion', 'oldHash', 'newHash', 'reason'],
  ),
  provisioned: entry(
    '110113',
    '110129',
    'C',
    'the device was enrolled',
    ['item'],
    [...who, 'newHash'],
  ),
  'restricted-function': entry(
    '110113',
    '110132',
    'E',
    'a function that is kept for few was used, or refused',
    ['item'],
    [...who, 'reason'],
  ),
  'audit-stopped': entry('110113', '110133', 'E', 'recording stops', ['reason'], []),
  'audit-started': entry('110113', '110134', 'E', 'recording begins', [], ['version']),
  'audit-tail-cut': entry(
    '110113',
    '110134',
    'E',
    'a group of records that was under way when the power went was cut off; none was acknowledged',
    ['bytes', 'segment'],
    [],
  ),
  'audit-damaged': entry(
    '110113',
    '110133',
    'E',
    'the log was found damaged, and is kept as it is',
    ['reason', 'segment'],
    ['firstRecord'],
  ),
  'clock-stepped': entry('110113', '110129', 'U', 'wall time jumped', ['wallStepMs'], ['reason']),
  'roles-changed': entry(
    '110113',
    '110136',
    'U',
    'what a role may do was changed',
    ['role'],
    [...who, 'item'],
  ),
  'user-changed': entry(
    '110113',
    '110137',
    'U',
    'a user was made, changed or removed',
    ['item'],
    [...who, 'account'],
  ),
  login: entry('110114', '110122', 'E', 'somebody signed in, or failed to', [], [...who, 'reason']),
  logout: entry('110114', '110123', 'E', 'somebody signed out', [], [...who, 'reason']),
  'ai-inference': entry(
    'AI1',
    '',
    'E',
    'a model judged a study (EU AI Act Art. 12)',
    [...inference],
    [
      'studyUid',
      'inputUids',
      'inputHashes',
      'resultUids',
      'findings',
      'celsius',
      'throttled',
      'acknowledgedBy',
      'reason',
    ],
  ),
  'impression-shown': entry(
    '110103',
    '',
    'R',
    'the panel showed a result',
    ['studyUid', 'output'],
    [...who, 'model', 'modelVersion', 'profile'],
  ),
  'location-shown': entry(
    '110103',
    '',
    'R',
    'the panel showed where a model reacted',
    ['studyUid', 'findings'],
    [...who, 'model', 'modelVersion'],
  ),
  'ai-paused': entry(
    '110113',
    '110131',
    'U',
    'AI was paused, or somebody said that it is to stay so',
    ['reason'],
    [...who],
  ),
  'ai-resumed': entry('110113', '110131', 'U', 'AI was set to work again', [], [...who]),
  'model-trust-moved': entry(
    '110113',
    '110131',
    'U',
    'a model is trusted more or less than before: by rule, by a person, or because another took its place',
    ['model', 'modelVersion', 'modelHash', 'item', 'output'],
    [...who, 'reason'],
  ),
  'retraining-due': entry(
    '110113',
    '110131',
    'E',
    'a model misses more than intended and has to be trained again',
    ['model', 'modelVersion', 'modelHash', 'findings', 'start'],
    ['reason'],
  ),
  'action-taken': entry(
    '110103',
    '',
    'U',
    'somebody acted on a result on the panel',
    ['studyUid', 'item'],
    [...who, 'acknowledgedBy', 'model', 'modelVersion', 'reason', 'output'],
  ),
} as const satisfies Record<string, EventEntry>;

export type EventName = keyof typeof auditEvents;
