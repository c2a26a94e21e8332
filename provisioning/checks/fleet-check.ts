import { X509Certificate } from 'node:crypto';
import { type Clock, isoInstant } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { dialBroker } from '../../ota/mqtt/broker-link.ts';
import { deviceIdOf } from '../../ota/mqtt/device-id.ts';
import { HttpSource } from '../../ota/trust/http-source.ts';
import { checkRoot } from '../../ota/trust/trust.ts';
import { oneLine, type Peer, reachChecks, type ReachPorts } from './reach-check.ts';
import { type Chain, type Check, fail, pass, type Verdict } from './verdict.ts';

/** The broker of the fleet’s side, with the texts of its certificate files. */
export interface Broker {
  url: string;
  tls: { ca: string; cert: string; key: string; servername?: string | undefined };
}

/** The repository of signed updates. */
export interface UpdateRepository {
  /** Address under which `metadata/` lies. */
  repository: string;
  tls?:
    | { authority?: string | undefined; certificate?: string | undefined; key?: string | undefined }
    | undefined;
  /** The first root metadata, that this device was set up with. */
  root: Buffer;
}

/** Whom the device speaks to beside scanners and PACS; what is absent is not configured. */
export interface FleetPeers {
  broker?: Broker | undefined;
  updates?: UpdateRepository | undefined;
  /** Audit repositories by their name. */
  audit: readonly (Peer & { name: string })[];
}

const longestMetadata = 1 << 20;
/** The checks of broker, updates and audit repositories. */
export function fleetChains({ broker, updates, audit }: FleetPeers, ports: ReachPorts): Chain[] {
  return [
    ...(broker ? [brokerChain(broker, ports)] : []),
    ...(updates ? [updateChain(updates, ports)] : []),
    ...audit.map((peer) => under(peer.name, reachChecks(peer, ports))),
  ];
}

/** Checks under the name of whom they are about. */
export function under(peer: string, checks: readonly Check[]): Chain {
  return checks.map((check) => ({
    ...check,
    name: `${peer}.${check.name}`,
    title: `${peer}: ${check.title}`,
  }));
}

function brokerChain(broker: Broker, ports: ReachPorts): Chain {
  const { hostname, port } = new URL(broker.url);
  const { ca, cert, key, servername } = broker.tls;
  const tls = { authority: ca, certificate: cert, key, serverName: servername };
  const way = reachChecks({ host: hostname, port: Number(port || 8883), tls }, ports);
  const enter: Check = {
    name: 'mqtt',
    title: 'the broker lets this device in',
    run: () => enterBroker(broker),
  };
  return under('mqtt', [...way, enter]);
}

/** Connects for a moment, with a session that ends with the connection. */
async function enterBroker({ url, tls }: Broker): Promise<Verdict> {
  try {
    const device = deviceIdOf(tls.cert);
    const { validToDate, subject, issuer } = new X509Certificate(tls.cert);
    const settings = { url, tls, clientId: device, sessionSeconds: 0 };
    const link = await dialBroker(settings, { received: () => {}, lost: () => {} });
    await link.end();
    const notAfter = isoInstant(validToDate.getTime());
    return pass({ device, subject: oneLine(subject), issuer: oneLine(issuer), notAfter });
  } catch (error) {
    return judgeBroker(error, url);
  }
}

/** What it means that the broker was not entered. */
export function judgeBroker(error: unknown, url: string): Verdict {
  if (!(error instanceof ScansideError)) throw error;
  if (error.code === 'MQTT_IDENTITY_UNUSABLE') return fail(error.code, error.message);
  const isRefusal = /refused: |not authorized|bad user|identifier|banned|says/i.test(error.message);
  return fail(isRefusal ? 'BROKER_REFUSES' : 'BROKER_NOT_REACHED', `${url} (${error.message})`);
}

function updateChain(updates: UpdateRepository, ports: ReachPorts): Chain {
  const { protocol, hostname, port } = new URL(updates.repository);
  const isEncrypted = protocol === 'https:';
  const peer = { host: hostname, port: Number(port || (isEncrypted ? 443 : 80)) };
  const way = reachChecks({ ...peer, tls: isEncrypted ? (updates.tls ?? {}) : undefined }, ports);
  const read: Check = {
    name: 'metadata',
    title: 'signed metadata is there',
    run: () => readMetadata(updates, ports.clock),
  };
  return under('updates', [...way, read]);
}

async function readMetadata(
  { repository, tls, root }: UpdateRepository,
  clock: Clock,
): Promise<Verdict> {
  const address = `${repository.replace(/\/+$/, '')}/metadata`;
  try {
    checkRoot(root);
    const own = tls && {
      tls: () => ({ ca: tls.authority, cert: tls.certificate, key: tls.key }),
    };
    const found = await new HttpSource({ address, clock, ...own }).fetch(
      'timestamp.json',
      longestMetadata,
    );
    if (found) return pass({ bytes: found.length });
    return fail('UPDATES_NOT_REACHED', `${address}/timestamp.json is not there`);
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return fail('UPDATES_NOT_REACHED', `${address} (${error.message})`);
  }
}
