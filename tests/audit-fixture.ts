import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { AuditLog, type AuditLogOptions } from '../audit/log.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { keysOf } from '../device/keys.ts';

export const auditFolder = '/audit';
export const hospital = generateKeyPairSync('x25519');
export const deviceKeys = keysOf(Buffer.alloc(32, 5));

/** Time goes on by a millisecond whenever it is asked; whoever waits a little waits for the next turn only. */
export function eagerClock(): Clock {
  let time = 1_800_000_000_000;
  return {
    now: () => (time += 1),
    monotonic: () => (time += 1) - 1_800_000_000_000,
    after(ms, fire) {
      let isOff = false;
      if (ms <= 100) queueMicrotask(() => isOff || fire());
      return () => (isOff = true);
    },
  };
}

export function openLog(files: Files, more: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  const basics = { files, clock: eagerClock(), folder: auditFolder, keys: deviceKeys };
  return AuditLog.open({ ...basics, hospital: hospital.publicKey, ...more });
}

/** An event that can be told from every other. */
export function eventOf(number: number): AuditEvent {
  return {
    name: 'instances-received',
    outcome: 0,
    fields: { source: 'CT1', studyUid: `1.2.3.${number}`, instances: number },
  };
}

export function publicKeyOf(log: AuditLog) {
  return createPublicKey(log.publicKey);
}
