import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { MqttAgent } from '../ota/mqtt/agent.ts';
import { type BrokerLink, dialBroker, type Incoming } from '../ota/mqtt/broker-link.ts';
import { encodeMessage, type MessageName, readMessage } from '../ota/mqtt/contract.ts';
import { fileRequests, folderSource, serveFile } from '../ota/mqtt/file-service.ts';
import { MessageQueue } from '../ota/mqtt/message-queue.ts';
import { openQueueDatabase } from '../ota/mqtt/queue-database.ts';
import { downTopic, upFilter, upTopic, upTopics } from '../ota/mqtt/topics.ts';
import type { Identity } from './certificates.ts';
import { ChaosProxy } from './chaos-proxy.ts';
import { describeWith } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder } from './peers/process.ts';

const waits = { timeout: 20_000 };
const byCorrelation = ([one]: unknown[], [other]: unknown[]) =>
  String(one).localeCompare(String(other));
const model = { name: 'chest', version: '1.0.0', sha256: 'ab'.repeat(32) };

describeWith(['mosquitto', 'openssl'], 'the agent and a real broker', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let broker: DeviceBroker;
  let device: Identity;
  let deviceUrl: string;
  let service: Identity;
  let agent: MqttAgent;
  let fleet: BrokerLink;
  let log: string[];
  let desired: string[];
  let done: string[];
  let heard: Incoming[];

  beforeAll(() => {
    folder = temporaryFolder();
    return () => folder.remove();
  });

  beforeEach(async () => {
    [log, desired, done, heard] = [[], [], [], []];
    const place = join(folder.path, randomBytes(4).toString('hex'));
    mkdirSync(place);
    broker = await DeviceBroker.start(place);
    deviceUrl = broker.url;
    device = await broker.authority.issue('ct-1');
    service = await broker.authority.issue('fleet-1');
    agent = makeAgent(join(place, 'mqtt.db'));
  }, 60_000);

  afterEach(async () => {
    await agent.close();
    await fleet?.end();
    await broker.stop();
  });

  function makeAgent(path: string): MqttAgent {
    const refuse = (error: Error) => log.push(error.message);
    const database = openQueueDatabase(path, '00'.repeat(32), disk, refuse);
    return new MqttAgent({
      device: 'ct-1',
      queue: new MessageQueue({ database, clock: systemClock, quotaBytes: 2 ** 20 }),
      clock: systemClock,
      random: () => 0,
      dial: (will, events) =>
        dialBroker({ ...settings(device), url: deviceUrl, clientId: 'ct-1', will }, events),
      birth: () => ({ software: '0.1.0', node: 'v24', arch: 'x64', keys: 'file', models: [model] }),
      models: () => [model],
      desired: (envelope) => desired.push(envelope.toString()),
      commands: {
        ping: () => {},
        report: () => void done.push('report'),
        'check-updates': () => Promise.reject(new Error('no')),
      },
      log: (event, fields) => log.push(`${event} ${JSON.stringify(fields)}`),
    });
  }

  function settings({ certificate: cert, key }: Identity) {
    return {
      url: broker.url,
      sessionSeconds: 3600,
      tls: { ca: broker.authority.certificate, cert, key },
    };
  }

  /** The fleet's side, over the same kind of connection. */
  async function joinFleet(): Promise<void> {
    fleet = await dialBroker(
      { ...settings(service), clientId: 'fleet-1' },
      { received: (message) => heard.push(message), lost: () => {} },
    );
    await fleet.subscribe(upTopics.filter((name) => name !== 'file').map(upFilter));
  }

  function of<N extends MessageName>(name: N) {
    return heard
      .filter(({ schema }) => schema === name)
      .map(({ payload }) => readMessage(name, payload));
  }

  const report = (assignment: number) => agent.tell('ota-report', { assignment, state: 'trial' });
  const reports = () => of('ota-report').map(({ assignment }) => assignment);

  it('says what the device is and runs, and that it stops', async () => {
    await joinFleet();
    agent.start();
    await expect.poll(() => of('state'), waits).toHaveLength(1);
    expect(of('birth')).toMatchObject([{ bdSeq: 1, models: [model], commands: expect.any(Array) }]);
    expect(of('state')).toMatchObject([{ version: 1, models: [model] }]);
    await agent.close();
    await expect
      .poll(() => of('lwt'), waits)
      .toEqual([{ schema: 1, bdSeq: 1, because: 'stopped' }]);
  });

  it('has kept what waited, and sends each once the broker is there', async () => {
    for (let at = 1; at <= 40; at++) report(at);
    await joinFleet();
    agent.start();
    await expect.poll(() => reports().length, waits).toBe(40);
    expect(reports()).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    await expect.poll(() => agent.waiting, waits).toBe(0);
  });

  it('keeps what nobody has subscribed to', async () => {
    report(1);
    agent.start();
    await expect.poll(() => log.join(), waits).toContain('broker connected');
    await expect.poll(() => log.join(), waits).toContain('nobody takes it');
    expect(agent.waiting).toBe(1);
  });

  it('loses nothing when the broker is killed and started again, and marks what may come twice', async () => {
    await joinFleet();
    agent.start();
    report(1);
    await expect.poll(reports, waits).toEqual([1]);
    await broker.kill();
    await expect.poll(() => log.join(), waits).toContain('broker lost');
    for (let at = 2; at <= 30; at++) report(at);
    await broker.restart();
    await joinFleet();
    // Where the device was back before the fleet, nobody takes its messages for half a minute.
    await expect.poll(() => new Set(reports()).size, { timeout: 90_000 }).toBe(30);
    expect(Math.max(...of('birth').map(({ bdSeq }) => bdSeq))).toBeGreaterThan(1);
    const numbers = of('ota-report').map(({ seq }) => seq);
    const twice = numbers.filter((seq, at) => numbers.indexOf(seq) !== at);
    const marked = heard.filter(({ again }) => again).length;
    expect(marked).toBeGreaterThanOrEqual(twice.length);
  }, 120_000);

  it('is missed by the broker where the link breaks, and marks what comes twice', async () => {
    const proxy = await ChaosProxy.start(broker.port);
    onTestFinished(() => proxy.close());
    deviceUrl = `mqtts://localhost:${new URL(proxy.url).port}`;
    await joinFleet();
    agent.start();
    await expect.poll(() => log.join(), waits).toContain('broker connected');
    await expect.poll(() => of('state'), waits).toHaveLength(1);
    proxy.cutAfter(1);
    report(1);
    await expect.poll(() => of('lwt'), waits).toEqual([{ schema: 1, bdSeq: 1, because: 'lost' }]);
    await expect.poll(() => reports(), waits).toEqual([1, 1]);
    const twice = heard.filter(({ schema }) => schema === 'ota-report');
    expect(twice.map(({ again }) => again)).toEqual([false, true]);
    expect(new Set(of('ota-report').map(({ stream, seq }) => `${stream} ${seq}`)).size).toBe(1);
    await expect.poll(() => agent.waiting, waits).toBe(0);
  });

  it('hears what is desired, also what was said before it came, and reports that it has it', async () => {
    await joinFleet();
    const say = (text: string) =>
      fleet.publish(downTopic('ct-1', 'desired'), Buffer.from(text), {
        schema: 'desired',
        retain: true,
      });
    await say('first').catch(() => undefined);
    agent.start();
    await expect.poll(() => desired, waits).toEqual(['first']);
    await say('second');
    await expect.poll(() => desired, waits).toEqual(['first', 'second']);
    const sha256 = createHash('sha256').update('second').digest('hex');
    await expect.poll(() => of('state').at(-1)?.desired, waits).toEqual({ sha256 });
    const versions = of('state').map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((one, other) => one - other));
  });

  it('obeys a command once and answers with its correlation data', async () => {
    await joinFleet();
    agent.start();
    await expect.poll(() => log.join(), waits).toContain('broker connected');
    const now = systemClock.now();
    const send = (
      command: 'report' | 'check-updates',
      correlation: string,
      expires = now + 60_000,
    ) =>
      fleet.publish(
        downTopic('ct-1', 'cmd'),
        encodeMessage('command', { schema: 1, command, issued: now, expires }),
        {
          schema: 'command',
          correlation: Buffer.from(correlation),
          responseTopic: upTopic('ct-1', 'reply'),
        },
      );
    await send('report', 'a');
    await send('report', 'a');
    await send('check-updates', 'b');
    await send('report', 'c', now);
    const answers = () =>
      heard
        .filter(({ schema }) => schema === 'command-reply')
        .map(({ payload, correlation }) => [
          correlation?.toString(),
          readMessage('command-reply', payload).status,
        ]);
    const expected = [
      ['a', 'done'],
      ['b', 'failed'],
      ['c', 'expired'],
    ];
    await expect.poll(() => answers().toSorted(byCorrelation), waits).toEqual(expected);
    expect(done).toEqual(['report']);
  });

  it('reads a signed file in parts through the broker', async () => {
    const bytes = randomBytes(3 * 2 ** 20 + 17);
    const targets = join(folder.path, 'targets');
    mkdirSync(targets, { recursive: true });
    writeFileSync(join(targets, 'model.onnx'), bytes);
    const source = folderSource(disk, folder.path);
    fleet = await dialBroker(
      { ...settings(service), clientId: 'fleet-1' },
      { received: (message) => void serveFile(fleet, source, message), lost: () => {} },
    );
    await fleet.subscribe([fileRequests]);
    agent.start();
    await expect.poll(() => log.join(), waits).toContain('broker connected');
    const read = await agent.files.read('targets/model.onnx', 5, bytes.length);
    expect(bytes.subarray(5).equals(read as Buffer)).toBe(true);
    for (const [name, offset, because] of [
      ['targets/other.onnx', 0, 'unknown-file'],
      ['targets/../mqtt.db', 0, 'unknown-file'],
      ['mqtt.db', 0, 'unknown-file'],
      ['targets/model.onnx', bytes.length, 'beyond-end'],
    ] as const)
      expect(await agent.files.read(name, offset, 1), name).toBe(because);
  });
});
