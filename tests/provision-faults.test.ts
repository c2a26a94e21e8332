import { Resolver } from 'node:dns/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeTestReports } from '../cli/test-report.ts';
import { systemClock } from '../device/clock.ts';
import { DeviceListener } from '../provisioning/checks/device-listener.ts';
import { type Pacs, pacsChecks } from '../provisioning/checks/pacs-check.ts';
import { type Lookup, reachChecks } from '../provisioning/checks/reach-check.ts';
import type { CheckRecord } from '../provisioning/session/journal.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { startReceiver } from '../runtime/dicom/receiver.ts';
import { formClasses } from '../runtime/report/form.ts';
import { Authority } from './certificates.ts';
import { describeWith, freePort } from './outside.ts';
import { startStorescp } from './peers/dcmtk.ts';
import { type OrthancSettings, startOrthanc } from './peers/orthanc.ts';
import { temporaryFolder } from './peers/process.ts';
import { startNameServer } from './peers/time-server.ts';
import { expectFault, makeFolder, run, way } from './provision-fault.ts';

const patient = { timeout: 120_000 };
/** How the device calls a PACS on this machine, and the port on which it listens meanwhile. */
interface Calling {
  pacs: Partial<Pacs> & { port: number };
  ownPort?: number;
  /** AE titles that may call the device; with none, any. */
  callers?: string[];
}

/** The checks of a PACS with the device's own port open, as the step `peers` has it. */
async function callPacs({ pacs, ownPort = 0, callers = [] }: Calling): Promise<CheckRecord[]> {
  const listener = new DeviceListener();
  const configuration = parseConfiguration({});
  await listener.open((handlers) =>
    startReceiver(
      {
        host: '127.0.0.1',
        port: ownPort,
        aeTitle: 'SCANSIDE',
        callers: callers.map((aeTitle) => ({ aeTitle, networks: ['127.0.0.1'], priority: false })),
        maxPduLength: 131_072,
        maxAssociations: 4,
        artimMs: 5000,
        idleMs: 5000,
        storage: false,
        commitment: 'scu',
        clock: systemClock,
      },
      handlers,
    ),
  );
  const usual = {
    host: '127.0.0.1',
    aeTitle: 'PACS',
    commitment: true,
    commitmentWaitMs: 2000,
    reportClasses: formClasses('auto'),
    companionClasses: [],
  };
  const own = {
    ownAeTitle: 'SCANSIDE',
    ownAddress: `SCANSIDE at 127.0.0.1:${ownPort}`,
    listener,
    testReports: () => makeTestReports(configuration, 1_790_000_000_000),
  };
  try {
    return await run(pacsChecks({ ...usual, ...pacs }, { ...way, ...own }));
  } finally {
    await listener.close();
  }
}

describe('the way to a peer', () => {
  const resolver = (server: string): Lookup => {
    const asked = new Resolver({ timeout: 300, tries: 1 });
    asked.setServers([server]);
    return async (host) => ({ address: (await asked.resolve4(host))[0] ?? '' });
  };
  const reach = (host: string, port: number, from: Lookup = way.lookup) =>
    run(reachChecks({ host, port }, { clock: systemClock, lookup: from }));

  it('names a name that nobody knows', async () => {
    const { server, stop } = await startNameServer(3);
    onTestFinished(stop);
    const checks = await reach('pacs.hospital.example', 104, resolver(server));
    expectFault(checks, 'PEER_NAME_UNKNOWN', /pacs\.hospital\.example \(ENOTFOUND\)/);
    expect(checks[1]).toMatchObject({ state: 'skipped', cause: expect.stringContaining('Name') });
  });

  it('names name servers that are dead', async () => {
    const checks = await reach('pacs.example', 104, resolver(`127.0.0.1:${await freePort()}`));
    expectFault(checks, 'PEER_NAME_SERVER_SILENT', /pacs\.example/);
  });

  it('names a port that is closed', async () => {
    const port = await freePort();
    expectFault(await reach('127.0.0.1', port), 'PEER_PORT_CLOSED', new RegExp(`${port} .ECONN`));
  });

  // The broadcast address is no machine's.
  it('names an address where nobody is', patient, async () => {
    expectFault(await reach('255.255.255.255', 104), 'PEER_HOST_SILENT', /255:104 .ENETUNREACH/);
  });
});

describeWith(['openssl'], 'a peer by TLS', () => {
  let folder: string;
  let authority: Authority;
  let stranger: Authority;

  beforeAll(async () => {
    folder = temporaryFolder().path;
    authority = await Authority.make(folder, 'hospital');
    stranger = await Authority.make(folder, 'stranger');
  });

  /** Shakes hands with a server that has this certificate; `wants`: whose clients it believes. */
  async function shakeHands(name: string, days = 90, by = authority, wants?: Authority) {
    const { certificate, key } = await by.issue(name, days);
    const asks = { requestCert: true, rejectUnauthorized: true, ca: wants?.certificate };
    const server = createTlsServer({ cert: certificate, key, ...(wants && asks) });
    server.on('tlsClientError', () => {});
    const port = await listen(server);
    const tls = { authority: authority.certificate, serverName: 'pacs' };
    return run(reachChecks({ host: '127.0.0.1', port, tls }, way));
  }

  async function listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it('passes with its subject and its end', async () => {
    const checks = await shakeHands('pacs');
    expect(checks.at(-1)).toMatchObject({ state: 'pass', facts: { subject: 'CN=pacs' } });
  });

  it('is warned of where its certificate ends soon', async () => {
    const checks = await shakeHands('pacs', 3);
    expect(checks.at(-1)).toMatchObject({ state: 'warn', code: 'PEER_CERTIFICATE_ENDS' });
  });

  it('is named where its certificate has expired', async () => {
    expectFault(await shakeHands('pacs', -1), 'PEER_CERTIFICATE_EXPIRED', /has expired.*CN=pacs/);
  });

  it('is named where another authority has signed it', async () => {
    const checks = await shakeHands('pacs', 90, stranger);
    expectFault(checks, 'PEER_AUTHORITY_OTHER', /another authority.*of CN=stranger/);
  });

  it('is named where its certificate is for another name', async () => {
    expectFault(await shakeHands('archive'), 'PEER_CERTIFICATE_MISNAMED', /CN=archive/);
  });

  it('is named where it does not accept the device', async () => {
    const checks = await shakeHands('pacs', 90, authority, stranger);
    expectFault(checks, 'PEER_WANTS_CERTIFICATE', /127\.0\.0\.1/);
  });

  it('is named where it speaks no TLS', async () => {
    const port = await listen(createServer());
    const tls = { authority: authority.certificate };
    const checks = await run(reachChecks({ host: '127.0.0.1', port, tls }, way));
    expectFault(checks, 'PEER_NOT_TLS', /not TLS/);
  });
});

describeWith(['Orthanc'], 'Orthanc as a PACS that is set up wrongly', () => {
  async function startPacs(ownPort: number, use: OrthancSettings = {}): Promise<number> {
    const modalities = { SCANSIDE: { title: 'SCANSIDE', port: ownPort } };
    const settings = { title: 'PACS', modalities, ...use };
    const orthanc = await startOrthanc(makeFolder(), settings);
    onTestFinished(() => orthanc.stop());
    return orthanc.dicomPort;
  }

  it('has another AE title than was called', patient, async () => {
    const port = await startPacs(await freePort());
    const checks = await callPacs({ pacs: { port, aeTitle: 'WRONG' } });
    expectFault(checks, 'PEER_CALLED_TITLE_UNKNOWN', /WRONG at 127\.0\.0\.1/);
  });

  it('does not know this device', patient, async () => {
    const extra = { DicomAlwaysAllowEcho: false, DicomAlwaysAllowStore: false };
    const port = await startPacs(await freePort(), { modalities: {}, extra });
    const checks = await callPacs({ pacs: { port } });
    expectFault(checks, 'PEER_CALLING_TITLE_UNKNOWN', /called by SCANSIDE at 127\.0\.0\.1/);
  });

  it('reports its commitment to a port where nobody listens', patient, async () => {
    const [known, ownPort] = [await freePort(), await freePort()];
    const port = await startPacs(known);
    const checks = await callPacs({ pacs: { port }, ownPort });
    expectFault(checks, 'PEER_COMMITMENT_SILENT', new RegExp(`127.0.0.1:${ownPort}`));
  });

  it('calls back under an AE title that the device does not allow', patient, async () => {
    const ownPort = await freePort();
    const port = await startPacs(ownPort);
    const checks = await callPacs({ pacs: { port }, ownPort, callers: ['ARCHIVE'] });
    expectFault(checks, 'CALLER_UNKNOWN', /PACS from 127\.0\.0\.1 called SCANSIDE/);
  });

  it('is right when both sides know each other', patient, async () => {
    const ownPort = await freePort();
    const port = await startPacs(ownPort);
    const checks = await callPacs({ pacs: { port }, ownPort, callers: ['PACS'] });
    expect(checks.map(({ state }) => state)).toEqual(checks.map(() => 'pass'));
    expect(checks.at(-1)).toMatchObject({ name: 'commit', facts: { committed: 1 } });
  });
});

describeWith(['storescp'], 'storescp of DCMTK as a PACS that takes too little', () => {
  async function startScp(options: string[], folder = makeFolder()) {
    const scp = await startStorescp(join(folder, 'kept'), 'PACS', options);
    onTestFinished(() => scp.stop());
    return scp;
  }

  it('takes no report', patient, async () => {
    const profile = join(makeFolder(), 'profile.cfg');
    const lines = [
      '[[TransferSyntaxes]]',
      '[Plain]',
      'TransferSyntax1 = LittleEndianExplicit',
      'TransferSyntax2 = LittleEndianImplicit',
      '[[PresentationContexts]]',
      '[ImagesOnly]',
      String.raw`PresentationContext1 = VerificationSOPClass\Plain`,
      String.raw`PresentationContext2 = CTImageStorage\Plain`,
      '[[Profiles]]',
      '[ImagesOnly]',
      'PresentationContexts = ImagesOnly',
    ];
    writeFileSync(profile, `${lines.join('\n')}\n`);
    const { port } = await startScp(['-xf', profile, 'ImagesOnly']);
    const checks = await callPacs({ pacs: { port, commitment: false } });
    expectFault(checks, 'PEER_SOP_CLASS_REFUSED', /Comprehensive 3D SR/);
  });

  it('takes reports in another transfer syntax', patient, async () => {
    const { port } = await startScp(['+xi']);
    const checks = await callPacs({ pacs: { port, commitment: false } });
    expectFault(checks, 'PEER_SYNTAX_REFUSED', /Comprehensive SR/);
  });

  it('offers no storage commitment', patient, async () => {
    const { port } = await startScp([]);
    expectFault(await callPacs({ pacs: { port } }), 'PEER_COMMITMENT_NOT_OFFERED', /Push Model/);
  });

  it('cannot store', patient, async () => {
    const { port, folder } = await startScp([]);
    rmSync(folder, { recursive: true });
    const checks = await callPacs({ pacs: { port, commitment: false } });
    expectFault(checks, 'PEER_STORE_REFUSED', /status 0x/);
  });

  it('is no DICOM at all', patient, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expectFault(await callPacs({ pacs: { port } }), 'PEER_NOT_DICOM', /PACS at 127\.0\.0\.1/);
  });
});
