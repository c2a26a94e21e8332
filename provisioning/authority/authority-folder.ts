import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { plainKeyFile, readKeyFile } from '../../ota/fleet/key-file.ts';
import { createSigningKey } from '../../ota/fleet/signing-key.ts';
import { type Authority, makeAuthority, readAuthority } from './authority.ts';

/** Where the fleet manager’s folder has what lets devices in. */
const part = 'authority';
const at = (folder: string, name: string): string => join(folder, part, name);

/** The public half of the key that signs tokens: devices are made with it. */
export const issuerName = join(part, 'token.pem');
export const authorityName = join(part, 'ca.pem');

/** Makes the authority of a fleet and the key of its tokens. Throws FLEET_EXISTS. */
export async function makeAuthorityFolder(
  files: Files,
  folder: string,
  name: string,
  now: number,
): Promise<void> {
  if (files.list(join(folder, part)).length) throw new ScansideError('FLEET_EXISTS', folder);
  files.makeFolder(join(folder, part));
  const issuer = createSigningKey();
  const publicKey = createPublicKey(issuer.privateKey).export({ format: 'pem', type: 'spki' });
  files.replace(at(folder, 'token.key'), plainKeyFile('enrolment tokens', issuer));
  files.replace(at(folder, 'token.pem'), publicKey);
  const { certificate, privateKey } = await makeAuthority(name, now);
  files.replace(at(folder, 'ca.key'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
  files.replace(at(folder, 'ca.pem'), certificate.toString());
}

/** The authority of a fleet. Throws FLEET_UNREADABLE, KEY_EXPOSED. */
export function openAuthority(files: Files, folder: string): Authority {
  const key = at(folder, 'ca.key');
  try {
    const authority = readAuthority(files.readText(at(folder, 'ca.pem')), files.readText(key));
    if (files.isPrivate(key)) return authority;
  } catch (cause) {
    throw new ScansideError('FLEET_UNREADABLE', at(folder, 'ca.pem'), { cause });
  }
  throw new ScansideError('KEY_EXPOSED', key);
}

/** The key that signs tokens. Throws KEY_EXPOSED, FLEET_KEY_UNUSABLE. */
export function openIssuer(files: Files, folder: string): KeyObject {
  return readKeyFile(files, at(folder, 'token.key')).privateKey;
}

/** SHA-256 of the first root metadata of the fleet’s repository, hexadecimal. Throws Node’s own error without one. */
export function rootHashOf(files: Files, path: string): string {
  return createHash('sha256').update(files.readBytes(path)).digest('hex');
}
