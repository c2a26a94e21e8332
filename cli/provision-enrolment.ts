import { createPublicKey } from 'node:crypto';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { identityFolderOf } from '../device/identity-key.ts';
import type { Keys } from '../device/keys.ts';
import { enrol } from '../provisioning/enrolment/enrolment.ts';
import { type DeviceIdentity, keptIdentity } from '../provisioning/enrolment/identity-folder.ts';
import { readToken } from '../provisioning/enrolment/token.ts';
import type { SiteAnswers } from '../provisioning/site/site-file.ts';

/** The token of a site, and what it must agree with. */
type Enrolment = NonNullable<SiteAnswers['enrolment']>;

/**
 * The identity of the device: the one it has where that is valid and of this site, else a new one by the site's token.
 * Rejects as `readToken` and `enrol` do.
 */
export async function enrolDevice(
  { site, tokenFile, issuerFile }: Enrolment,
  { dataFolder, device: { serial } }: SiteAnswers['configuration'],
  { files, clock, keys }: { files: Files; clock: Clock; keys: Keys },
): Promise<DeviceIdentity> {
  const parts = { folder: identityFolderOf(dataFolder), files, clock, keys };
  const kept = keptIdentity(parts.folder, files, keys);
  if (kept && kept.site === site && kept.notAfter > clock.now()) return kept;
  const tokenText = files.readText(tokenFile).trim();
  const issuerKey =
    issuerFile === undefined ? undefined : createPublicKey(files.readText(issuerFile));
  const token = readToken(tokenText, { site, serial, now: clock.now(), issuerKey });
  return enrol({ ...parts, token, tokenText, serial });
}
