import type { FleetDevice } from '../fleet-device.ts';
import type { ItemState, Mode, Rollout, RolloutItem } from '../rollout/rollout.ts';
import type { RolloutState } from '../rollout/rollout-state.ts';
import type { Row } from './sql.ts';

/** Rollouts, as rows of the table. */
export function rolloutOf(row: Row): Rollout {
  return {
    name: String(row['name']),
    plan: JSON.parse(String(row['plan'])) as Rollout['plan'],
    state: row['state'] as RolloutState,
    wave: Number(row['wave']),
    waves: Number(row['waves']),
    since: Number(row['since']),
    because: String(row['because']),
    revision: Number(row['revision']),
  };
}

const itemJoin = `
  SELECT i.device, i.wave, i.state, i.mode, i.before, i.step, i.code, d.site, d.models, d.revoked,
    s.seq, x.rollout AS latest, x.expires
  FROM items i LEFT JOIN devices d ON d.id = i.device LEFT JOIN desired s ON s.device = i.device
    LEFT JOIN issued x ON x.device = s.device AND x.seq = s.seq
`;

/** A rollout’s devices in their order, with what each was told last by any rollout. */
export const itemQuery = `${itemJoin} WHERE i.rollout = $1 ORDER BY i.place`;

/** Those of them that have changed since an instant. */
export const changedItemQuery = `${itemJoin}
  JOIN item_changes c ON c.rollout = i.rollout AND c.device = i.device
  WHERE i.rollout = $1 AND c.at >= $2 ORDER BY i.place`;

/** A device in a rollout, from a row of `itemQuery`. What it ran before is what it runs until it is told. */
export function itemOf(row: Row, { name, plan }: Rollout): RolloutItem {
  const models = JSON.parse(String(row['models'] ?? '[]')) as FleetDevice['models'];
  const running = models.find((model) => model.name === plan.release.group)?.sha256 ?? '';
  const isLatest = row['latest'] === name;
  return {
    device: String(row['device']),
    site: String(row['site'] ?? ''),
    wave: Number(row['wave']),
    state: row['state'] as ItemState,
    mode: (row['mode'] ?? undefined) as Mode | undefined,
    expires: isLatest ? Number(row['expires']) : 0,
    lastSeq: Number(row['seq'] ?? 0),
    isLatest,
    before: row['mode'] === null ? running : String(row['before']),
    step: String(row['step']),
    code: String(row['code']),
    revoked: Number(row['revoked'] ?? 0) > 0,
  };
}
