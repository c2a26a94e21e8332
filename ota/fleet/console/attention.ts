import type { FleetDevice } from '../fleet-device.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { SiteTrend } from './site-trend.ts';

const hour = 3600_000;
const day = 24 * hour;

/** What there is to be looked at. `now`: milliseconds since 1970 UTC. */
export interface FleetState {
  now: number;
  devices: readonly FleetDevice[];
  rollouts: readonly Rollout[];
  trends: readonly SiteTrend[];
}

type Kind = 'rollout' | 'device' | 'site';

interface Reason {
  kind: Kind;
  /** What a person is to do about it. */
  remedy: string;
}

/**
 * Why a human is needed, the most urgent first: what hurts patients or stops many devices, then what one device cannot put
 * right by itself, then what will go wrong, then what stands because somebody wanted it so.
 */
export const attentionTable = {
  'rollout-stopped': {
    kind: 'rollout',
    remedy: 'Read why, then retry the failed devices, or roll back.',
  },
  'condition-high': {
    kind: 'device',
    remedy: 'Results may be wrong or images lost: call the site.',
  },
  'certificate-over': {
    kind: 'device',
    remedy: 'It can no longer connect. Enrol it again at the site.',
  },
  'device-lost': { kind: 'device', remedy: 'Ask the site: power, network, or taken away?' },
  'update-failed': { kind: 'device', remedy: 'Look up the code in docs/errors.md; then retry.' },
  'site-drift': {
    kind: 'site',
    remedy: 'Compare scanner, protocol and patients with the weeks before.',
  },
  'certificate-ends': {
    kind: 'device',
    remedy: 'It renews by itself at two thirds of its life: find out why it has not.',
  },
  'disk-low': { kind: 'device', remedy: 'Find out why results are not delivered; free the disk.' },
  'condition-medium': { kind: 'device', remedy: 'Look on the device’s page at the site.' },
  'rollout-slow': { kind: 'rollout', remedy: 'See which devices are missing, and why.' },
  'never-heard': { kind: 'device', remedy: 'Is it set up yet? Otherwise check its enrolment.' },
  'rollout-paused': { kind: 'rollout', remedy: 'Somebody paused it: resume, or roll back.' },
} as const satisfies Record<string, Reason>;

export type AttentionReason = keyof typeof attentionTable;

const order = Object.keys(attentionTable) as AttentionReason[];

/** One thing that needs a human. */
export interface Attention {
  reason: AttentionReason;
  kind: Kind;
  /** The rollout, the device, or the model at a site. */
  name: string;
  site: string;
  /** What is so, in words. */
  text: string;
}

/** Milliseconds without a word after which a device is lost, and days before the end of a certificate. */
const lostAfter = day;
const endsWithin = 30 * day;
/** Percent free of the disk, and milliseconds in one wave. */
const lowDisk = 10;
const slowAfter = 3 * day;

/** Everything that needs a human, the most urgent first; among equals by name, so that lines do not jump. */
export function whatNeedsAHuman({ now, devices, rollouts, trends }: FleetState): Attention[] {
  const found = [
    ...rollouts.flatMap((rollout) => ofRollout(rollout, now)),
    ...devices.flatMap((device) => needsOf(device, now)),
    ...trends.flatMap(ofTrend),
  ];
  return found.sort((a, b) => urgency(a) - urgency(b) || compare(a.name, b.name));
}

/** Devices, those first that need a human, the most urgently first; then those that were not heard for longest. */
export function sortByNeed(
  devices: readonly FleetDevice[],
  now: number,
): { device: FleetDevice; needs: Attention[] }[] {
  const judged = devices.map((device) => ({ device, needs: needsOf(device, now) }));
  const rank = (needs: readonly Attention[]) => (needs[0] ? urgency(needs[0]) : attentionTableSize);
  return judged.sort(
    (a, b) =>
      rank(a.needs) - rank(b.needs) ||
      b.needs.length - a.needs.length ||
      a.device.seen - b.device.seen ||
      compare(a.device.id, b.device.id),
  );
}

const attentionTableSize = order.length;

/** Why a device needs a human, the most urgent first. Nothing is expected of a device that was revoked. */
export function needsOf(device: FleetDevice, now: number): Attention[] {
  if (device.revoked) return [];
  const { id: name, site } = device;
  const facts: Partial<Record<AttentionReason, string>> = {
    ...conditionsOf(device),
    ...presenceOf(device, now),
    ...certificateOf(device, now),
    ...(device.update?.state === 'failed' && {
      'update-failed': `${device.update.rollout}: ${device.update.code || device.update.step}`,
    }),
    ...(device.diskFree !== undefined &&
      device.diskFree < lowDisk && { 'disk-low': `${device.diskFree} % of its disk is free` }),
  };
  return order.flatMap((reason) => {
    const text = facts[reason];
    return text === undefined ? [] : [{ reason, kind: 'device', name, site, text } as const];
  });
}

function conditionsOf({ conditions }: FleetDevice): Partial<Record<AttentionReason, string>> {
  const of = (priority: string) =>
    conditions.filter((each) => each.priority === priority).map(({ id }) => id);
  const [high, medium] = [of('high'), of('medium')];
  return {
    ...(high.length > 0 && { 'condition-high': high.join(', ') }),
    ...(medium.length > 0 && { 'condition-medium': medium.join(', ') }),
  };
}

function presenceOf(
  { seen, connected }: FleetDevice,
  now: number,
): Partial<Record<AttentionReason, string>> {
  if (!seen) return { 'never-heard': 'it has never said anything' };
  if (now - seen <= lostAfter) return {};
  return {
    'device-lost': `not heard for ${spanOf(now - seen)}${connected ? ', though connected' : ''}`,
  };
}

function certificateOf(
  { certificateEnds: ends }: FleetDevice,
  now: number,
): Partial<Record<AttentionReason, string>> {
  if (ends === undefined || ends - now > endsWithin) return {};
  if (ends <= now) return { 'certificate-over': `a certificate ended ${spanOf(now - ends)} ago` };
  return { 'certificate-ends': `a certificate ends in ${spanOf(ends - now)}` };
}

function ofRollout({ name, state, because, since, wave, waves }: Rollout, now: number) {
  const about = (reason: AttentionReason, text: string): Attention[] => [
    { reason, kind: 'rollout', name, site: '', text },
  ];
  const place = `wave ${wave + 1} of ${waves}`;
  if (state === 'stopped') return about('rollout-stopped', `${place}: ${because}`);
  if (state === 'paused')
    return about(
      'rollout-paused',
      `${place}, for ${spanOf(now - since)}${because && `: ${because}`}`,
    );
  const isMoving = state === 'running' || state === 'rolling-back';
  if (isMoving && now - since > slowAfter)
    return about('rollout-slow', `${place} is ${state} for ${spanOf(now - since)}`);
  return [];
}

function ofTrend({ site, model, drift }: SiteTrend): Attention[] {
  if (drift === undefined) return [];
  return [{ reason: 'site-drift', kind: 'site', name: model, site, text: drift }];
}

/** A time in words, to its largest unit. */
export function spanOf(ms: number): string {
  const units: [number, string][] = [
    [day, 'day'],
    [hour, 'hour'],
    [60_000, 'minute'],
  ];
  const [size, word] = units.find(([unit]) => ms >= unit) ?? [1000, 'second'];
  const count = Math.max(0, Math.floor(ms / size));
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function urgency({ reason }: Attention): number {
  return order.indexOf(reason);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
