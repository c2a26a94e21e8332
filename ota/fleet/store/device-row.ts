import type { Birth } from '../../messages/birth.ts';
import type { Telemetry } from '../../messages/telemetry.ts';
import type { FleetDevice } from '../fleet-device.ts';
import type { ItemState } from '../rollout/rollout.ts';
import type { Row } from './sql.ts';

const activeRollout = `(SELECT MIN(i.rollout) FROM items i JOIN rollouts r ON r.name = i.rollout
  WHERE i.device = devices.id AND r.state NOT IN ('done', 'rolled-back') AND i.state <> 'superseded')`;

/** Every device, with the active rollout that holds it and what became of the last assignment. */
export const deviceQuery = `
  SELECT devices.*, ${activeRollout} AS rollout, i.rollout AS told_rollout, i.state AS told_state,
    i.step AS told_step, i.code AS told_code
  FROM devices LEFT JOIN desired s ON s.device = devices.id
    LEFT JOIN issued x ON x.device = s.device AND x.seq = s.seq
    LEFT JOIN items i ON i.rollout = x.rollout AND i.device = devices.id
  ORDER BY devices.id`;

/** A device from a row of `deviceQuery`. */
export function deviceOf(row: Row): FleetDevice {
  const birth = (read(row['birth']) ?? {}) as Partial<Birth>;
  const telemetry = read(row['telemetry']) as Telemetry | undefined;
  return {
    id: String(row['id']),
    site: String(row['site']),
    seen: Number(row['seen']),
    connected: row['connected'] === 1,
    software: birth.software ?? '',
    board: birth.board ?? '',
    models: (read(row['models']) ?? []) as FleetDevice['models'],
    conditions: telemetry?.conditions ?? [],
    diskFree: telemetry && freePercent(telemetry.disk),
    certificateEnds: telemetry && firstEnd(telemetry.certificates),
    hottest: telemetry?.heat.hottest,
    revoked: Number(row['revoked']) > 0,
    pin: row['pin'] === null ? undefined : String(row['pin']),
    rollout: row['rollout'] === null ? undefined : String(row['rollout']),
    update: updateOf(row),
  };
}

function updateOf(row: Row): FleetDevice['update'] {
  if (row['told_rollout'] === null) return undefined;
  return {
    rollout: String(row['told_rollout']),
    state: row['told_state'] as ItemState,
    step: String(row['told_step']),
    code: String(row['told_code']),
  };
}

function firstEnd(certificates: Telemetry['certificates']): number | undefined {
  const ends = certificates.map(({ notAfter }) => notAfter);
  return ends.length ? Math.min(...ends) : undefined;
}

function freePercent({ freeBytes, totalBytes }: Telemetry['disk']): number | undefined {
  return totalBytes ? Math.round((100 * freeBytes) / totalBytes) : undefined;
}

function read(text: unknown): unknown {
  return typeof text === 'string' && text !== '' ? JSON.parse(text) : undefined;
}
