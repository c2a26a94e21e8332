import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AuditEvent } from '../audit/event.ts';
import { auditEvents, type EventName } from '../audit/event-catalogue.ts';
import { fieldForms, type FieldName, type FieldValue } from '../audit/event-field.ts';
import type { AuditSink } from '../audit/forward/sink.ts';
import { AuditLog } from '../audit/log.ts';
import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { keyLength, type Keys } from '../device/keys.ts';
import type { WrappedKey } from '../device/wrapped-key.ts';
import type { Log } from './appliance.ts';
import { AuditForwarding } from './audit-forwarding.ts';
import type { Configuration } from './config.ts';
import type { AuditFacts } from './device-conditions.ts';

export interface AuditTrailOptions {
  clock: Clock;
  files: Files;
  keys: Keys;
  configuration: Pick<Configuration, 'dataFolder' | 'audit'>;
  log: Log;
  /** Where the log is sent to. */
  sinks: readonly AuditSink[];
  /** Told when how the log stands has changed. */
  changed(): void;
  /** Told every signed checkpoint, base64. */
  witness(checkpoint: string): void;
}

/** Fields as they come; what is undefined, empty or not of its form is left out. */
export type EventFields = Partial<Record<FieldName, FieldValue | undefined>>;

const ownKeyName = 'hospital.key';
const ownKeyPurpose = 'audit hospital';
/** How long a log that could not be opened is left alone. */
const openAgainMs = 10_000;

/**
 * The audit log of the appliance. What cannot be recorded never stops the work: the device says so as a condition, and
 * refuses images where the site wants it.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #folder: string;
  readonly #hospital: KeyObject;
  #log: AuditLog | undefined;
  #forwarding: AuditForwarding | undefined;
  #triedAt = -Infinity;
  #unwritable = false;
  #told = '';

  /** Throws AUDIT_KEY_UNUSABLE where the file of the hospital’s key holds none. */
  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#folder = join(options.configuration.dataFolder, 'audit');
    this.#hospital = hospitalKeyOf(options, this.#folder);
  }

  /** Begins to record. A log that cannot be opened is tried again with the next events. */
  async open(): Promise<void> {
    await this.#open();
  }

  /** How the log stands. */
  get facts(): AuditFacts {
    const { quotaMegabytes } = this.#options.configuration.audit;
    const space = this.#log?.space ?? { used: 0, quota: quotaMegabytes * megabyte, state: 'ok' };
    return {
      usedBytes: space.used,
      quotaBytes: space.quota,
      state: space.state,
      unwritable: this.#unwritable,
      damaged: (this.#log?.incidents.length ?? 0) > 0,
      forwarders: this.#forwarding?.status ?? [],
    };
  }

  /** Whether images may be taken. */
  get admits(): boolean {
    const { refuseWhenNearFull } = this.#options.configuration.audit;
    return !refuseWhenNearFull || this.facts.state === 'ok';
  }

  /** Resolves when the event is on stable storage, or cannot be put there: then the device says so. */
  async record(
    name: EventName,
    fields: EventFields,
    outcome: AuditEvent['outcome'] = 0,
  ): Promise<void> {
    try {
      const log = this.#log ?? (await this.#open());
      if (!log) return;
      await log.append({ name, outcome, fields: wellFormed(name, fields) });
      this.#unwritable = false;
    } catch (error) {
      this.#fail(error, name);
    }
    this.#tell();
  }

  async close(): Promise<void> {
    await this.#forwarding?.stop();
    await this.#log?.close().catch((error: unknown) => this.#fail(error, 'audit-stopped'));
  }

  async #open(): Promise<AuditLog | undefined> {
    const { clock, files, keys, configuration, witness } = this.#options;
    if (clock.monotonic() - this.#triedAt < openAgainMs) return undefined;
    this.#triedAt = clock.monotonic();
    try {
      this.#log = await AuditLog.open({
        clock,
        files,
        keys,
        folder: this.#folder,
        hospital: this.#hospital,
        quota: configuration.audit.quotaMegabytes * megabyte,
        witness,
      });
      this.#forwarding = this.#forward(this.#log);
    } catch (error) {
      this.#fail(error, 'audit-started');
    }
    return this.#log;
  }

  #forward(log: AuditLog): AuditForwarding {
    const { configuration, ...options } = this.#options;
    return new AuditForwarding({
      ...options,
      log,
      folder: this.#folder,
      keepDays: configuration.audit.keepDays,
      failed: (error) => this.#fail(error, 'audit-retention'),
    });
  }

  #fail(error: unknown, event: string): void {
    const isFull = error instanceof ScansideError && error.code === 'AUDIT_FULL';
    // An event that is not as the catalogue says is a fault of ours, and says nothing of the disk.
    const isOurs = error instanceof ScansideError && error.code === 'AUDIT_EVENT_INVALID';
    this.#unwritable ||= !isFull && !isOurs;
    this.#options.log('error', 'not recorded in the audit log', { event, error: String(error) });
  }

  #tell(): void {
    const { state, unwritable } = this.facts;
    const told = `${state} ${unwritable}`;
    if (this.#told !== '' && told !== this.#told) this.#options.changed();
    this.#told = told;
  }
}

const megabyte = 2 ** 20;

/** What of the fields the event can hold. */
export function wellFormed(name: EventName, fields: EventFields): Record<string, FieldValue> {
  const { required, optional } = auditEvents[name];
  const known: readonly FieldName[] = [...required, ...optional];
  const kept = known.flatMap((field): [string, FieldValue][] => {
    const value = fields[field];
    return value !== undefined && fieldForms[field].holds(value) ? [[field, value]] : [];
  });
  return Object.fromEntries(kept);
}

/** The private key of the device's own pair, where there is one. */
export function ownKeysIn(files: Files, folder: string): WrappedKey[] {
  const path = join(folder, ownKeyName);
  return files.exists(path) ? [{ path, purpose: ownKeyPurpose }] : [];
}

/** The hospital's public key, or that of a pair of the device's own. */
export function hospitalKeyOf(
  { configuration, files, keys }: Pick<AuditTrailOptions, 'configuration' | 'files' | 'keys'>,
  folder: string,
): KeyObject {
  const { hospitalKeyFile } = configuration.audit;
  if (hospitalKeyFile !== undefined) return readHospitalKey(files, hospitalKeyFile);
  files.makeFolder(folder);
  const path = join(folder, ownKeyName);
  if (!files.exists(path))
    files.createWhole(path, keys.wrap(ownKeyPurpose, randomBytes(keyLength)));
  const seed = keys.unwrap(ownKeyPurpose, files.readBytes(path));
  const der = Buffer.concat([privatePrefix, seed]);
  return createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

/** DER of an X25519 private key before its 32 bytes (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Throws AUDIT_KEY_UNUSABLE. */
export function readHospitalKey(files: Files, path: string): KeyObject {
  try {
    const key = createPublicKey(files.readText(path));
    if (key.asymmetricKeyType === 'x25519') return key;
  } catch (cause) {
    throw new ScansideError('AUDIT_KEY_UNUSABLE', path, { cause });
  }
  throw new ScansideError('AUDIT_KEY_UNUSABLE', `${path} holds no X25519 public key`);
}
