import {
  type ActiveCondition,
  type ConditionId,
  raise,
  sortConditions,
} from '../device/conditions.ts';
import type { ForwarderStatus } from '../audit/forward/forwarder.ts';
import type { Bundle } from '../models/bundle.ts';
import type { PauseView } from '../panel/source.ts';
import type { CertificateFacts } from './certificates.ts';
import { type Configuration, listUnsafe } from './config.ts';
import type { Cause } from './inference/budget/cause.ts';
import type { InferenceView } from './inference/inference-service.ts';

/** What conditions are drawn from. What a fact leaves out is not watched, and nothing is claimed of it. */
export interface ConditionFacts {
  configuration: Configuration;
  now: number;
  space: { free: number; total: number };
  bundles: readonly Bundle[];
  inference: InferenceView;
  /** What is wrong with the box around the appliance. */
  surroundings: readonly ActiveCondition[];
  /** What is known of how good the models are. */
  quality?: readonly ActiveCondition[];
  /** Names of destinations whose last attempt failed. */
  failing: readonly string[];
  /** Studies of the last day with different images under one SOP Instance UID. */
  conflicting: number;
  /** Studies of the last day that name different patients. */
  mixed: number;
  pause?: PauseView;
  /** Every certificate that is in use. */
  certificates?: readonly CertificateFacts[];
  /** Milliseconds by which the clock has jumped within the last day, forward or back. */
  clockJumpMs?: number | undefined;
  audit?: AuditFacts;
  /** The panel is reached over the network without HTTPS. */
  panelWithoutHttps?: boolean;
}

export interface AuditFacts {
  usedBytes: number;
  quotaBytes: number;
  state: 'ok' | 'near' | 'full';
  /** The last record could not be written. */
  unwritable: boolean;
  /** It was found damaged at the last start. */
  damaged: boolean;
  /** How each repository that it is sent to stands. */
  forwarders?: readonly ForwarderStatus[];
}

/** Of 100: the disk's free share below which people are told. */
export const lowDiskPercent = 10;
/** A smaller jump is a time server's ordinary work. */
export const clockJumpMs = 2 * 60_000;
/** Days before its end from which a certificate is told of. */
export const certificateNoticeDays = 30;

export const dayMs = 24 * 3600_000;

/** What is wrong with the device now, the most urgent first. */
export function activeConditions(facts: ConditionFacts): ActiveCondition[] {
  return sortConditions([
    ...ofExams(facts),
    ...ofModels(facts),
    ...ofClock(facts),
    ...ofDisk(facts),
    ...ofDestinations(facts),
    ...ofPause(facts),
    ...ofInference(facts.inference),
    ...ofCertificates(facts),
    ...ofAudit(facts.audit),
    ...ofConfiguration(facts),
    ...facts.surroundings,
    ...(facts.quality ?? []),
  ]);
}

function when(
  holds: boolean,
  id: ConditionId,
  values: ActiveCondition['values'] = {},
): ActiveCondition[] {
  return holds ? [raise(id, values)] : [];
}

const conflicts = {
  'keep-first': 'conflicting-images-first',
  'use-latest': 'conflicting-images-latest',
  quarantine: 'conflicting-images-aside',
} as const;

function ofExams({ mixed, conflicting, configuration }: ConditionFacts): ActiveCondition[] {
  const conflict = conflicts[configuration.receiver.duplicatePolicy];
  return [
    ...when(mixed > 0, 'patient-mismatch', { count: mixed }),
    ...when(conflicting > 0, conflict, { count: conflicting }),
  ];
}

function ofModels({ bundles, inference }: ConditionFacts): ActiveCondition[] {
  const refused = bundles.flatMap(({ hash, manifest: { identity } }) => {
    const why = inference.refused.get(hash);
    const model = `${identity.name} ${identity.version}`;
    return why === undefined ? [] : when(true, refusalOf(why), { model });
  });
  const isDemo = bundles.some(({ manifest }) => manifest.identity.status !== 'cleared');
  return [...refused, ...when(isDemo, 'demonstration-model')];
}

/** By the rule that the refusal names. */
function refusalOf(why: string): ConditionId {
  if (why.includes('rule golden-')) return 'self-test-failed';
  const isChanged = why.includes('BUNDLE_INVALID') || why.includes('not the one that was loaded');
  return isChanged ? 'model-changed' : 'model-unusable';
}

function ofClock({ clockJumpMs: jump = 0 }: ConditionFacts): ActiveCondition[] {
  return when(Math.abs(jump) > clockJumpMs, 'clock-jumped', { minutes: Math.round(jump / 60_000) });
}

function ofDisk({ space, configuration }: ConditionFacts): ActiveCondition[] {
  const free = (100 * space.free) / space.total;
  const refuses = free < configuration.spool.refuseBelowPercentFree;
  if (refuses) return when(true, 'disk-refusing');
  return when(free < lowDiskPercent, 'disk-low', { percent: Math.floor(free) });
}

function ofDestinations({ configuration, failing }: ConditionFacts): ActiveCondition[] {
  const archives = configuration.destinations.filter((to) => 'objects' in to);
  const isArchive = (name: string) => archives.some((to) => to.name === name);
  return [
    ...failing.flatMap((destination) =>
      when(true, isArchive(destination) ? 'pacs-failing' : 'messages-failing', { destination }),
    ),
    ...when(archives.length === 0, 'no-pacs'),
  ];
}

function ofPause({ pause = { paused: false }, now }: ConditionFacts): ActiveCondition[] {
  if (!pause.paused) return [];
  return when(true, now >= pause.remindAt ? 'ai-pause-due' : 'ai-paused');
}

const causeGroups = {
  blind: 'blind',
  memory: 'memory',
  'out-of-memory': 'memory',
  stalled: 'memory',
  heat: 'heat',
  heating: 'heat',
  throttled: 'heat',
  power: 'power',
  'over-current': 'power',
} as const satisfies Record<Cause, string>;

function ofInference(inference: InferenceView): ActiveCondition[] {
  const { state, level, cause, late, detours } = inference;
  const why = causeGroups[cause ?? 'blind'];
  if (level === 'hold') return when(true, `ai-held-${why}`);
  return [
    ...when(state === 'failing', 'ai-failed'),
    ...(late ? ofLateness(late.byMs) : []),
    ...when(level !== 'full', `ai-slower-${why}`),
    ...when(detours.length > 0, 'server-detour'),
  ];
}

function ofLateness(byMs: number | undefined): ActiveCondition[] {
  if (byMs === undefined) return when(true, 'ai-behind');
  return when(true, 'ai-late', { seconds: roundUp(byMs / 1000) });
}

/** To one second below ten, then to ten: nobody needs to know better, and it should not change every second. */
function roundUp(seconds: number): number {
  const step = seconds < 10 ? 1 : 10;
  return Math.ceil(seconds / step) * step;
}

function ofCertificates({ certificates = [], now }: ConditionFacts): ActiveCondition[] {
  return certificates.flatMap(({ subject, notBefore = 0, notAfter }) => {
    if (notAfter === undefined) return [];
    if (notBefore > now) return when(true, 'certificate-early', { certificate: subject });
    if (notAfter <= now) return when(true, 'certificate-expired', { certificate: subject });
    const days = Math.floor((notAfter - now) / dayMs);
    const values = { certificate: subject, days };
    return when(days < certificateNoticeDays, 'certificate-expiring', values);
  });
}

function ofAudit(audit: AuditFacts | undefined): ActiveCondition[] {
  if (!audit) return [];
  const percent = Math.floor((100 * audit.usedBytes) / audit.quotaBytes);
  return [
    ...when(audit.unwritable, 'audit-unwritable'),
    ...when(audit.damaged, 'audit-damaged'),
    ...when(audit.state === 'full', 'audit-full'),
    ...when(audit.state === 'near', 'audit-near-full', { percent }),
  ];
}

function ofConfiguration(facts: ConditionFacts): ActiveCondition[] {
  const open = listUnsafe(facts.configuration);
  return [
    ...when(facts.panelWithoutHttps === true, 'panel-without-https'),
    ...when(open.length > 0, 'configuration-open', { count: open.length }),
  ];
}
