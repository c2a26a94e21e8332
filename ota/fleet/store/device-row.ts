import type { Birth } from '../../messages/birth.ts';
import type { Telemetry } from '../../messages/telemetry.ts';
import type { FleetDevice } from '../fleet-device.ts';
import type { Row } from './sql.ts';

/** A device from its row, with the active rollout that holds it in the column `rollout`. */
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
    hottest: telemetry?.heat.hottest,
    revoked: Number(row['revoked']) > 0,
    pin: row['pin'] === null ? undefined : String(row['pin']),
    rollout: row['rollout'] === null ? undefined : String(row['rollout']),
  };
}

function freePercent({ freeBytes, totalBytes }: Telemetry['disk']): number | undefined {
  return totalBytes ? Math.round((100 * freeBytes) / totalBytes) : undefined;
}

function read(text: unknown): unknown {
  return typeof text === 'string' && text !== '' ? JSON.parse(text) : undefined;
}
