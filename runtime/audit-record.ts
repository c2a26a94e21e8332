import { createHash } from 'node:crypto';
import type { UpdateReport } from '../ota/agent/journal.ts';
import type { EventName } from '../audit/event-catalogue.ts';
import { isoInstant } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { RetrainingTicket } from '../quality/retraining-ticket.ts';
import type { Move } from '../quality/trust.ts';
import type { Act } from '../panel/act.ts';
import type { PanelRecord } from '../panel/record.ts';
import type { Actor } from '../panel/role.ts';
import type { EventFields } from './audit-trail.ts';
import type { InferenceView } from './inference/inference-service.ts';
import type { Result } from './spool/study-ledger.ts';
import { flaggedFindings } from './study/conclusion.ts';

/** An event of the catalogue before it is checked. */
export interface Recordable {
  name: EventName;
  fields: EventFields;
  /** As PS3.15 A.5 counts: 0 success, 4 minor failure. */
  outcome?: 0 | 4;
}

/** Stands for the study of an object that is kept aside and may have none. */
const noStudy = '0';
const mostListed = 512;

function studyOf(examId: string): string {
  return /^[0-9.]{1,64}$/.test(examId) ? examId : noStudy;
}

function who({ user, role, address }: Actor): EventFields {
  return { user, role, address };
}

/** What the panel asks to be recorded. */
export function recordOf(record: PanelRecord): Recordable {
  const write = writers[record.kind] as (record: PanelRecord) => Recordable;
  return write(record);
}

const writers: {
  [K in PanelRecord['kind']]: (record: Extract<PanelRecord, { kind: K }>) => Recordable;
} = {
  shown: ({ actor, examId, outcome, profile }) => ({
    name: 'impression-shown',
    fields: { studyUid: studyOf(examId), output: outcome, profile, ...who(actor) },
  }),
  opened: ({ actor, examId }) => ({
    name: 'instances-accessed',
    fields: { studyUid: studyOf(examId), ...who(actor) },
  }),
  heatmap: ({ actor, examId, finding }) => ({
    name: 'location-shown',
    fields: { studyUid: studyOf(examId), findings: [finding], ...who(actor) },
  }),
  'signed-in': ({ actor }) => ({ name: 'login', fields: who(actor) }),
  'signed-out': ({ actor, reason }) => ({ name: 'logout', fields: { reason, ...who(actor) } }),
  'sign-in-failed': ({ user, address, reason }) => ({
    name: 'login',
    fields: { user, address, reason },
    outcome: 4,
  }),
  refused: ({ user, role, address, reason, item }) => ({
    name: 'restricted-function',
    fields: { user, role, address, reason, item: itemOf(item) },
    outcome: 4,
  }),
  'user-changed': ({ actor, user, item }) => ({
    name: 'user-changed',
    fields: { item, account: user, ...who(actor) },
  }),
};

/** A route begins with a slash, which a code does not. */
function itemOf(route: string): string {
  return route.replace(/^\/+/, '') || 'list';
}

/** What somebody did. Notes are not among it: a person wrote them. */
export function actOf(actor: Actor, act: Act): Recordable {
  if (act.kind === 'pause')
    return { name: 'ai-paused', fields: { reason: act.reason, ...who(actor) } };
  if (act.kind === 'resume') return { name: 'ai-resumed', fields: who(actor) };
  if (act.kind === 'read-exam')
    return {
      name: 'action-taken',
      fields: { studyUid: noStudy, item: `read-exam/${act.finding}`, ...who(actor) },
    };
  if (act.kind === 'postpone-update')
    return { name: 'restricted-function', fields: { item: act.kind, ...who(actor) } };
  if ('model' in act)
    return {
      name: 'restricted-function',
      fields: { item: `${act.kind}/${act.model}`, reason: act.reason, ...who(actor) },
    };
  return {
    name: 'action-taken',
    fields: {
      studyUid: studyOf(act.examId),
      item: act.kind,
      reason: 'reason' in act ? act.reason : undefined,
      output: 'outcomeId' in act ? act.outcomeId : undefined,
      acknowledgedBy: act.kind === 'seen' ? actor.user : undefined,
      ...who(actor),
    },
  };
}

function bundleFields({ manifest, hash }: Bundle): EventFields {
  const { name, version } = manifest.identity;
  return { model: name, modelVersion: version, modelHash: hash };
}

/** A step of a signed update; undefined for one that changes nothing. `running`: the model that answers now. */
export function updateOf(
  { state, group, target, sha256, code, reason }: Omit<UpdateReport, 'number' | 'at'>,
  running: Bundle | undefined,
): Recordable | undefined {
  if (reason !== undefined) return undefined;
  const modelVersion = target.split('/').at(-2);
  const fields = { model: group, modelVersion, modelHash: sha256 };
  if (state === 'ready') return { name: 'model-installed', fields };
  if (state === 'trial') return { name: 'model-activated', fields };
  if (state === 'failed')
    return { name: 'model-installed', fields: { ...fields, reason: code }, outcome: 4 };
  if (state !== 'rolled-back' || !running) return undefined;
  const back = { ...bundleFields(running), previousVersion: modelVersion };
  return { name: 'model-rolled-back', fields: { ...back, reason: code ?? 'trial' } };
}

/** A move of the fallback: `item` is what brought it, `output` the way from state to state. */
export function moveOf(
  { was, isNow, event, mover, user, reason }: Move,
  bundle: Bundle,
): Recordable {
  return {
    name: 'model-trust-moved',
    fields: {
      ...bundleFields(bundle),
      item: event,
      output: `${was}/${isNow}`,
      role: mover,
      user: user || undefined,
      reason: reason || undefined,
    },
  };
}

export function ticketEvent(
  { finding, since, reasons }: RetrainingTicket,
  bundle: Bundle,
): Recordable {
  return {
    name: 'retraining-due',
    fields: {
      ...bundleFields(bundle),
      findings: [finding],
      start: isoInstant(since),
      reason: reasons[0],
    },
  };
}

/** What a model said of a study, or the device in its stead: the fields of Art. 12 as far as they are known. */
export function inferenceOf(
  result: Result,
  bundle: Bundle | undefined,
  view: InferenceView,
  softwareVersion: string,
): Recordable {
  const { studyUid, at, madeAt, conclusion, inputs, sopInstanceUid, model } = result;
  return {
    name: 'ai-inference',
    fields: {
      studyUid,
      start: isoInstant(at),
      end: isoInstant(madeAt),
      model,
      modelVersion: bundle?.manifest.identity.version ?? softwareVersion,
      modelHash: bundle?.hash ?? hashOf(''),
      ...placeOf(bundle, view),
      preprocessing: bundle ? hashOf(JSON.stringify(bundle.manifest.preprocess)) : 'none',
      thresholds: hashOf(
        JSON.stringify(bundle?.manifest.findings.map(({ id, threshold }) => [id, threshold])),
      ),
      output: conclusion.state,
      quality: qualityOf(result),
      latencyMs: Math.max(0, madeAt - at),
      inputUids: inputs.slice(0, mostListed),
      resultUids: sopInstanceUid === '' ? undefined : [sopInstanceUid],
      findings: flaggedFindings(conclusion),
      celsius: view.hottest,
      throttled: view.level !== 'full',
      reason: conclusion.state === 'not-analysed' ? conclusion.reason : undefined,
    },
  };
}

function placeOf(bundle: Bundle | undefined, { served }: InferenceView): EventFields {
  const placement = served.find((each) => each.bundle.hash === bundle?.hash)?.placement;
  return { runtime: placement?.runtime ?? 'none', provider: placement?.provider ?? 'none' };
}

/** What the checks before and around the network said of the images. */
function qualityOf({ conclusion }: Result): string {
  const stops = ['quality', 'outside-validated-domain', 'unreadable', 'unsupported-syntax'];
  const isStopped = conclusion.state === 'not-analysed' && stops.includes(conclusion.reason);
  return isStopped ? (conclusion.quality ?? conclusion.reason) : 'accepted';
}

/** Words of a closed list as a code: the log has no room for sentences. */
export function codeOf(words: string): string {
  return words.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 96);
}

export function hashOf(text: string | undefined): string {
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
