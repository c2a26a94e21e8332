import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Checkpoint, readWitness } from '../audit/checkpoint.ts';
import { readLog } from '../audit/frame-reader.ts';
import { decodeRecord } from '../audit/record.ts';
import { signingKeysOf } from '../audit/signing-keys.ts';
import { faultKinds, type Verdict } from '../audit/verify.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { parseUtc } from '../device/utc-time.ts';
import { UsageError } from './options.ts';

/** The device's Ed25519 public key in a PEM file. Throws AUDIT_KEY_UNUSABLE. */
export function readDeviceKey(files: Files, path: string): KeyObject {
  return readKey(files, path, 'ed25519', createPublicKey);
}

/** The hospital's X25519 private key in a PEM file. Throws AUDIT_KEY_UNUSABLE. */
export function readHospitalKey(files: Files, path: string): KeyObject {
  return readKey(files, path, 'x25519', createPrivateKey);
}

/**
 * A moment in UTC, such as 2027-01-15 or 2027-01-15T08:30:00Z, as milliseconds since 1970; undefined for no text. Throws
 * UsageError for every other text.
 */
export function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const wall = parseUtc(text);
  if (wall !== undefined) return wall;
  throw new UsageError(`--${name} must be a time in UTC, such as 2027-01-15T08:30:00Z`);
}

function readKey(
  files: Files,
  path: string,
  type: string,
  parse: (pem: string) => KeyObject,
): KeyObject {
  const pem = files.readText(path);
  let key: KeyObject;
  try {
    key = parse(pem);
  } catch (cause) {
    throw new ScansideError('AUDIT_KEY_UNUSABLE', `${path} holds no such key`, { cause });
  }
  if (key.asymmetricKeyType === type) return key;
  throw new ScansideError('AUDIT_KEY_UNUSABLE', `${path} is ${key.asymmetricKeyType}, not ${type}`);
}

/**
 * The last checkpoint of a file with one on each line. `log` is where the changes of keys are, if it was signed with a
 * later key than `publicKey`. Throws AUDIT_UNREADABLE where the device did not sign it.
 */
export function readWitnessFile(
  files: Files,
  path: string,
  publicKey: KeyObject,
  log: string,
): Checkpoint {
  const line = files.readText(path).trim().split('\n').at(-1) ?? '';
  const witness = readWitness(line, publicKey) ?? readLaterWitness(files, line, publicKey, log);
  if (witness) return witness;
  throw new ScansideError('AUDIT_UNREADABLE', `${path} holds no checkpoint that this key signed`);
}

function readLaterWitness(files: Files, line: string, publicKey: KeyObject, log: string) {
  const record = decodeRecord(Buffer.from(line, 'base64'));
  if (!record) return undefined;
  const keys = signingKeysOf(readLog(files, log), publicKey);
  return readWitness(line, keys.at(record.sequence));
}

/** What was found, for people. */
export function verdictLines(verdict: Verdict) {
  const { records, segments, checkpoints, signedTo, last, first, keyChanges, fault } = verdict;
  const read = `${records} records in ${segments} segments with ${checkpoints} checkpoints are as they were written.`;
  if (fault)
    return [
      `Record ${fault.record} ${faultKinds[fault.what]}.`,
      `It stands in segment ${fault.segment}, ${fault.file} at byte ${fault.offset}.`,
      `Before it, ${read} Signed up to record ${signedTo}.`,
    ];
  const open = last - signedTo;
  return [
    read,
    ...(first > 1 ? [`Those before record ${first} are not there.`] : []),
    ...(keyChanges > 0 ? [`The signing key was changed ${keyChanges} times, each signed.`] : []),
    open > 0
      ? `The last ${open} stand behind the last checkpoint: a change of them shows only with the hospital's key.`
      : 'All of them are signed.',
  ];
}
