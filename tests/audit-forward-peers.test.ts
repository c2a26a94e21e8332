import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Forwarder, type ForwarderStatus } from '../audit/forward/forwarder.ts';
import { createFhirSink } from '../audit/forward/fhir-sink.ts';
import { createSyslogSink, type SyslogSinkOptions } from '../audit/forward/syslog-sink.ts';
import type { AuditSink } from '../audit/forward/sink.ts';
import type { AuditLog } from '../audit/log.ts';
import { systemClock } from '../device/clock.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { connectTls, type RequestorTls } from '../runtime/dicom/requestor-tls.ts';
import { createHttpPeer } from '../runtime/outbox/http-peer.ts';
import { auditFolder, deviceKeys, eventOf, openLog } from './audit-fixture.ts';
import { parseXml, schemaFaults } from './audit-message-rules.ts';
import { Authority, type Identity } from './certificates.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { describeWith, freePort } from './outside.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { gnutlsModule, type Rsyslog, startRsyslog } from './peers/rsyslog.ts';
import { type Scripted, type ScriptedServer, startScripted } from './peers/scripted-server.ts';

const origin = { id: 'SC-0042', application: 'SCANSIDE' };
const folder = temporaryFolder();
const running: Forwarder[] = [];
const started: { stop(): Promise<void> }[] = [];

let ours: Authority;
let others: Authority;
let device: Identity;

/** Names that the peers expect: the device's, and their own. */
const names = { device: 'scanside.example', server: 'localhost' };

async function prepare(): Promise<void> {
  ours = await Authority.make(folder.path, 'ours');
  others = await Authority.make(folder.path, 'others');
  device = await ours.issue(names.device);
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((forwarder) => forwarder.stop()));
  await Promise.all(started.splice(0).map((each) => each.stop()));
});
afterAll(() => folder.remove());

function start(log: AuditLog, files: MemoryDisk, sink: AuditSink, clock = systemClock): Forwarder {
  const basics = { files, clock, keys: deviceKeys, folder: auditFolder };
  const forwarder = new Forwarder({ ...basics, log, sink, random: () => 0 });
  running.push(forwarder);
  return forwarder;
}

async function stop(forwarder: Forwarder): Promise<void> {
  running.splice(running.indexOf(forwarder), 1);
  await forwarder.stop();
}

function tlsOf(more: Partial<RequestorTls> = {}): RequestorTls {
  const { certificate, key } = device;
  return { authority: ours.certificate, certificate, key, serverName: names.server, ...more };
}

function syslogTo(port: number, tls = tlsOf(), more: Partial<SyslogSinkOptions> = {}): AuditSink {
  const connect = () => connectTls('127.0.0.1', port, tls);
  const basics = { name: 'siem', origin, connect, clock: systemClock, settleMs: 300, window: 20 };
  return createSyslogSink({ ...basics, ...more });
}

/** The reason in the last `node-refused` of the log, by way of a receiver that takes everything. */
async function reasonsIn(log: AuditLog, files: MemoryDisk): Promise<unknown[]> {
  const reasons: unknown[] = [];
  let reached = 0;
  const sink: AuditSink = {
    name: 'reader',
    protocol: 'fhir',
    settleMs: 0,
    window: 0,
    batch: 100,
    connect: () =>
      Promise.resolve({
        lost: new Promise(() => undefined),
        close: () => undefined,
        send: (records) => {
          for (const { record } of records) {
            reached = record.sequence;
            if (record.event?.name === 'node-refused') reasons.push(record.event.fields['reason']);
          }
          return Promise.resolve();
        },
      }),
  };
  const forwarder = start(log, files, sink);
  await until(() => reached >= log.end.sequence);
  await stop(forwarder);
  return reasons;
}

/** Waits until a forwarder is refused and has recorded it; resolves to the codes of both. */
async function refusalOf(sink: AuditSink): Promise<{ status: unknown; recorded: unknown[] }> {
  const files = new MemoryDisk();
  const log = await openLog(files);
  const forwarder = start(log, files, sink);
  const before = log.end.sequence;
  await until(() => forwarder.status.refused !== undefined && log.end.sequence > before);
  // A second attempt records nothing more.
  await until(() => forwarder.status.state !== 'waiting', 3000);
  await until(() => forwarder.status.state === 'waiting', 3000);
  const { refused } = forwarder.status;
  await stop(forwarder);
  const recorded = await reasonsIn(log, files);
  await log.close();
  return { status: refused, recorded };
}

function numbersOf(log: AuditLog): number[] {
  return Array.from({ length: log.end.sequence }, (_, at) => at + 1);
}

/** A log that grows for two days without a network, over three lives of the device, on a clock of its own. */
async function twoDaysOffline(sinkTo: () => AuditSink): Promise<[MemoryDisk, AuditLog]> {
  const files = new MemoryDisk();
  let number = 0;
  for (let life = 0; life < 3; life++) {
    const clock = new ManualClock();
    const log = await openLog(files, { segmentBytes: 20_000 });
    const forwarder = start(log, files, sinkTo(), clock);
    for (let hour = 0; hour < 16; hour++) {
      for (let at = 0; at < 10; at++) await log.append(eventOf(number++));
      clock.advance(3_600_000);
      await until(() => isSettled(forwarder.status));
    }
    expect(forwarder.status).toMatchObject({ delivered: 0, refused: 'PEER_UNREACHABLE' });
    await stop(forwarder);
    await log.close();
  }
  return [files, await openLog(files, { segmentBytes: 20_000 })];
}

function isSettled({ state }: ForwarderStatus): boolean {
  return state === 'waiting';
}

describeWith(
  ['openssl', 'rsyslogd', gnutlsModule ?? 'lib/rsyslog/lmnsd_gtls.so'],
  'the audit log before rsyslog with mutual TLS',
  () => {
    let port: number;
    beforeAll(prepare);
    beforeAll(async () => {
      port = await freePort();
    });

    async function listen(
      more: Partial<Parameters<typeof startRsyslog>[0]> = {},
    ): Promise<Rsyslog> {
      const identity = await ours.issue(names.server);
      const basics = { folder: folder.path, port, authorityFile: ours.certificateFile, identity };
      const rsyslog = await startRsyslog({ ...basics, permitted: names.device, ...more });
      started.push(rsyslog);
      return rsyslog;
    }

    it('arrives whole and in order after two days without a network and three restarts, doubles marked', async () => {
      const [files, log] = await twoDaysOffline(() => syslogTo(port));
      let rsyslog = await listen();
      const forwarder = start(log, files, syslogTo(port));
      await until(() => forwarder.status.backlog === 0);
      const settled = log.end.sequence;
      await rsyslog.stop();
      await until(() => forwarder.status.state === 'waiting');
      for (let at = 0; at < 10; at++) await log.append(eventOf(10_000 + at));
      rsyslog = await listen();
      await until(() => forwarder.status.backlog === 0, 30_000);
      expect(forwarder.status).toMatchObject({ state: 'connected', backlog: 0 });
      const places = rsyslog.messages().map((line) => {
        const [, sequence, again] =
          /DICOM\+RFC3881 \[scanside@32473 log="[0-9a-f]{32}" record="(\d+)"( again="1")?\]/.exec(
            line,
          )!;
        return { sequence: Number(sequence), again: again !== undefined };
      });
      const unmarked = places.filter(({ again }) => !again).map(({ sequence }) => sequence);
      expect(unmarked).toEqual(numbersOf(log));
      const doubles = places.filter(({ again }) => again).map(({ sequence }) => sequence);
      // A window of 20, and the rest of the batch in which it begins.
      expect(doubles.at(-1)).toBe(settled);
      expect(doubles.length).toBeGreaterThanOrEqual(20);
      expect(doubles).toEqual(doubles.map((_, at) => settled - doubles.length + 1 + at));
      const messages = rsyslog.messages().map((line) => line.slice(line.indexOf('<?xml')));
      expect(messages.flatMap((xml) => schemaFaults(parseXml(xml)))).toEqual([]);
      await log.close();
    }, 120_000);

    it('is not sent without a certificate, and that is recorded once', async () => {
      await listen();
      const tls = tlsOf({ certificate: undefined, key: undefined });
      const found = await refusalOf(syslogTo(port, tls));
      expect(found).toEqual({ status: 'AUDIT_CLIENT_REFUSED', recorded: ['AUDIT_CLIENT_REFUSED'] });
    }, 30_000);

    it('is not sent with a certificate of another authority', async () => {
      await listen();
      const { certificate, key } = await others.issue(names.device);
      const found = await refusalOf(syslogTo(port, tlsOf({ certificate, key })));
      expect(found).toEqual({ status: 'AUDIT_CLIENT_REFUSED', recorded: ['AUDIT_CLIENT_REFUSED'] });
    }, 30_000);

    it('is not sent under a name that is not permitted', async () => {
      await listen({ permitted: 'another.example' });
      const found = await refusalOf(syslogTo(port));
      expect(found).toEqual({ status: 'AUDIT_CLIENT_REFUSED', recorded: ['AUDIT_CLIENT_REFUSED'] });
    }, 30_000);

    it('is not sent to a server of another authority', async () => {
      await listen();
      const found = await refusalOf(syslogTo(port, tlsOf({ authority: others.certificate })));
      const code = 'AUDIT_SERVER_UNTRUSTED';
      expect(found).toEqual({ status: code, recorded: [code] });
    }, 30_000);

    it('is not sent to a server of another name', async () => {
      await listen();
      const found = await refusalOf(syslogTo(port, tlsOf({ serverName: 'siem.example' })));
      const code = 'AUDIT_SERVER_MISNAMED';
      expect(found).toEqual({ status: code, recorded: [code] });
    }, 30_000);
  },
);

interface SentEvent {
  entity: { what: { identifier: { value: string } } }[];
}

describeWith(['openssl'], 'the audit log before a FHIR server with mutual TLS', () => {
  let port: number;
  beforeAll(prepare);
  beforeAll(async () => {
    port = await freePort();
  });

  /** Creates on condition (http, 3.1.0.8.1); `script` may answer in its place. */
  function repository() {
    const stored: SentEvent[] = [];
    const conditions: string[] = [];
    const urnOf = ({ entity }: SentEvent) => entity.at(-1)!.what.identifier.value;
    const take = (body: Buffer, condition: string | undefined): Scripted => {
      const event = JSON.parse(body.toString()) as SentEvent;
      if (condition) conditions.push(condition);
      const isThere = stored.some((each) => urnOf(each) === urnOf(event));
      if (condition && isThere) return { status: 200 };
      stored.push(event);
      return { status: 201 };
    };
    const sequences = () => stored.map((event) => Number(urnOf(event).split('#')[1]));
    return { take, sequences, conditions };
  }

  async function listen(
    script: Parameters<typeof startScripted>[0],
    authority = ours,
  ): Promise<ScriptedServer> {
    const { certificate: cert, key } = await authority.issue(names.server);
    const server = await startScripted(script, { ca: ours.certificate, cert, key }, port);
    started.push({ stop: () => server.close() });
    return server;
  }

  function fhirTo(tls: Partial<RequestorTls> = {}): AuditSink {
    const limits = { timeoutMs: 5000, largestAnswer: 65_536, clock: systemClock };
    const client = createHttpPeer({
      url: `https://127.0.0.1:${port}/r4`,
      tls: tlsOf(tls),
      ...limits,
    });
    started.push({ stop: () => Promise.resolve(client.close()) });
    return createFhirSink({ name: 'fhir', origin, client });
  }

  it('arrives whole and in order after two days without a network and three restarts, and once', async () => {
    const [files, log] = await twoDaysOffline(() => fhirTo());
    const { take, sequences, conditions } = repository();
    let left = 250;
    await listen(({ body, headers }) => {
      const taken = take(body, headers['if-none-exist'] as string | undefined);
      // It was created, and the answer is lost.
      return (left -= 1) === 0 ? (response) => response.socket?.destroy() : taken;
    });
    const forwarder = start(log, files, fhirTo());
    await until(() => forwarder.status.backlog === 0, 60_000);
    expect(forwarder.status).toMatchObject({ state: 'connected', backlog: 0 });
    expect(sequences()).toEqual(numbersOf(log));
    expect(conditions.length).toBeGreaterThan(0);
    expect(conditions[0]).toMatch(
      /^entity:identifier=urn:ietf:rfc:3986\|urn%3Auuid%3A[0-9a-f-]{36}%23\d+$/,
    );
    await log.close();
  }, 120_000);

  it.each([
    [
      'without a certificate',
      () => ({ certificate: undefined, key: undefined }),
      'AUDIT_CLIENT_REFUSED',
    ],
    [
      'to a server of another authority',
      () => ({ authority: others.certificate }),
      'AUDIT_SERVER_UNTRUSTED',
    ],
    [
      'to a server of another name',
      () => ({ serverName: 'fhir.example' }),
      'AUDIT_SERVER_MISNAMED',
    ],
  ])(
    'is not sent %s, and that is recorded once',
    async (_how, tls, code) => {
      await listen(() => ({ status: 201 }));
      expect(await refusalOf(fhirTo(tls()))).toEqual({ status: code, recorded: [code] });
    },
    30_000,
  );

  it('is not sent with a certificate of another authority', async () => {
    await listen(() => ({ status: 201 }));
    const { certificate, key } = await others.issue(names.device);
    const code = 'AUDIT_CLIENT_REFUSED';
    expect(await refusalOf(fhirTo({ certificate, key }))).toEqual({
      status: code,
      recorded: [code],
    });
  }, 30_000);

  it.each([
    [403, 'PEER_DENIED'],
    [422, 'AUDIT_RECORD_REFUSED'],
  ])(
    'waits with a record that is answered with %i, and says so',
    async (status, code) => {
      const server = await listen(() => ({ status }));
      expect(await refusalOf(fhirTo())).toEqual({ status: code, recorded: [code] });
      const asked = server.seen.map(
        ({ body }) => (JSON.parse(body.toString()) as SentEvent).entity,
      );
      expect(new Set(asked.map((entity) => entity.at(-1)!.what.identifier.value)).size).toBe(1);
    },
    30_000,
  );
});
