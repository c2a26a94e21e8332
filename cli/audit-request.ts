import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Checkpoint, readWitness } from '../audit/checkpoint.ts';
import { faultKinds, type Verdict } from '../audit/verify.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';

/** The device's Ed25519 public key in a PEM file. Throws AUDIT_KEY_UNUSABLE. */
export function readDeviceKey(files: Files, path: string): KeyObject {
  return readKey(files, path, 'ed25519', createPublicKey);
}

/** The hospital's X25519 private key in a PEM file. Throws AUDIT_KEY_UNUSABLE. */
export function readHospitalKey(files: Files, path: string): KeyObject {
  return readKey(files, path, 'x25519', createPrivateKey);
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

/** The last checkpoint of a file with one on each line. Throws AUDIT_UNREADABLE where the device did not sign it. */
export function readWitnessFile(files: Files, path: string, publicKey: KeyObject): Checkpoint {
  const line = files.readText(path).trim().split('\n').at(-1) ?? '';
  const witness = readWitness(line, publicKey);
  if (witness) return witness;
  throw new ScansideError('AUDIT_UNREADABLE', `${path} holds no checkpoint that this key signed`);
}

/** What was found, for people. */
export function verdictLines({ records, segments, checkpoints, signedTo, last, fault }: Verdict) {
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
    open > 0
      ? `The last ${open} stand behind the last checkpoint: a change of them shows only with the hospital's key.`
      : 'All of them are signed.',
  ];
}
