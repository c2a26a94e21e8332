import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { withStore } from '../cli/fleet-database.ts';
import { type Clock, systemClock } from '../device/clock.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { type EnrolmentStore, openEnrolmentStore } from '../ota/fleet/store/enrolment-store.ts';
import {
  type Authority,
  issueServerCertificate,
  makeAuthority,
} from '../provisioning/authority/authority.ts';
import { EnrolmentDesk } from '../provisioning/authority/enrolment-desk.ts';
import { estPath, serveEst } from '../provisioning/authority/est-server.ts';
import { type EnrolmentToken, writeToken } from '../provisioning/enrolment/token.ts';

/** The fleet’s enrolment server on this machine, with an authority and a database of its own. */
export interface TestEst {
  estUrl: string;
  authority: Authority;
  store: EnrolmentStore;
  desk: EnrolmentDesk;
  tokenKey: ReturnType<typeof createPublicKey>;
  /** What the server has said. */
  events: { event: string; fields: Record<string, string> }[];
  /** A token as the fleet would make it, valid for a day; whatever is given takes the place of the usual. */
  token(change?: Partial<EnrolmentToken>): string;
  /** A token for any device of the site. */
  openToken(): string;
  /** The fleet believes a device no more. */
  revoke(device: string): Promise<void>;
  close(): Promise<void>;
}

const dayMs = 24 * 3600_000;

/** Starts it; `folder` takes its database. */
export async function startEst(folder: string, clock: Clock = systemClock): Promise<TestEst> {
  const authority = await makeAuthority('Test site authority', clock.now());
  const path = { database: join(folder, 'fleet.db') };
  const store = await openEnrolmentStore(path.database);
  const issuer = createSigningKey().privateKey;
  const tokenKey = createPublicKey(issuer);
  const events: TestEst['events'] = [];
  const log = (event: string, fields: Record<string, string>) => events.push({ event, fields });
  const desk = new EnrolmentDesk({ authority, tokenKey, store, clock, log });
  const tls = await issueServerCertificate(authority, ['127.0.0.1', 'localhost'], clock.now());
  const server = await serveEst({ desk, host: '127.0.0.1', port: 0, tls, log });
  const estUrl = `https://127.0.0.1:${server.port}${estPath}`;
  return {
    estUrl,
    authority,
    store,
    desk,
    tokenKey,
    events,
    token: (change) =>
      writeToken({ ...usualToken(estUrl, authority, clock), ...change }, issuer, clock.now()),
    openToken: () => {
      const { serial: _, ...token } = usualToken(estUrl, authority, clock);
      return writeToken(token, issuer, clock.now());
    },
    revoke: (device) => withStore(path, (fleet) => fleet.revoke(device, true)),
    close: async () => {
      await server.close();
      await store.close();
    },
  };
}

function usualToken(estUrl: string, { certificate }: Authority, clock: Clock): EnrolmentToken {
  return {
    site: 'north-1',
    serial: 'SC-0042',
    estUrl,
    caThumbprint: createHash('sha256').update(certificate.raw).digest('hex'),
    mqttUrl: 'mqtts://127.0.0.1:8883',
    rootHash: 'cd'.repeat(32),
    expires: clock.now() + dayMs,
    once: randomBytes(16).toString('hex'),
  };
}
