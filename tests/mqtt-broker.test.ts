import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { IClientOptions, MqttClient } from 'mqtt';
import { Authority, type Identity } from './certificates.ts';
import { describeWith } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder, until } from './peers/process.ts';

describeWith(['mosquitto', 'openssl'], 'mosquitto as it is shipped', () => {
  const folder = temporaryFolder();
  let broker: DeviceBroker;
  const identities = new Map<string, Identity>();

  beforeAll(async () => {
    broker = await DeviceBroker.start(folder.path);
    for (const name of ['ct-1', 'ct-2', 'fleet-1'])
      identities.set(name, await broker.authority.issue(name));
  }, 60_000);

  afterAll(async () => {
    await broker?.stop();
    folder.remove();
  });

  async function connect(
    identity: Identity | undefined,
    more: IClientOptions = {},
  ): Promise<MqttClient> {
    const client = await mqtt.connectAsync(broker.url, {
      protocolVersion: 5,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      ca: broker.authority.certificate,
      ...(identity && { cert: identity.certificate, key: identity.key }),
      ...more,
    });
    onTestFinished(() => void client.end(true));
    return client;
  }

  const as = (name: string, more?: IClientOptions) => connect(identities.get(name), more);

  /** Messages that come to a client, as topic and text. */
  async function listen(client: MqttClient, topic: string): Promise<string[]> {
    const heard: string[] = [];
    client.on('message', (from, payload) => heard.push(`${from} ${payload.toString()}`));
    await client.subscribeAsync(topic, { qos: 1 });
    return heard;
  }

  it('carries what a device says of itself to the fleet, and what is for it to the device', async () => {
    const [device, fleet] = [await as('ct-1'), await as('fleet-1')];
    const [atDevice, atFleet] = [
      await listen(device, 'v1/ct-1/down/#'),
      await listen(fleet, 'v1/+/up/#'),
    ];
    await device.publishAsync('v1/ct-1/up/event', 'hello', { qos: 1 });
    await fleet.publishAsync('v1/ct-1/down/cmd', 'do', { qos: 1 });
    expect(await until(() => atDevice.length > 0 && atFleet.length > 0)).toBe(true);
    expect([atDevice, atFleet]).toEqual([['v1/ct-1/down/cmd do'], ['v1/ct-1/up/event hello']]);
  });

  it.each([
    'v1/ct-2/up/event',
    'v1/ct-2/down/cmd',
    'v1/ct-1/down/cmd',
    'v1/fleet-1/up/event',
    'other',
  ])('refuses a device that speaks on %s, and delivers nothing', async (topic) => {
    const [device, fleet] = [await as('ct-1'), await as('fleet-1')];
    const victim = await as('ct-2');
    const heard = await listen(fleet, 'v1/+/up/#');
    const atVictim = await listen(victim, 'v1/ct-2/down/#');
    await expect(device.publishAsync(topic, 'spoofed', { qos: 1 })).rejects.toMatchObject({
      code: 135,
    });
    await device.publishAsync('v1/ct-1/up/event', 'after', { qos: 1 });
    await fleet.publishAsync('v1/ct-2/down/cmd', 'after', { qos: 1 });
    expect(await until(() => heard.length > 0 && atVictim.length > 0)).toBe(true);
    expect([heard, atVictim]).toEqual([['v1/ct-1/up/event after'], ['v1/ct-2/down/cmd after']]);
  });

  it('delivers no other device’s commands, whatever is subscribed to', async () => {
    const [spy, victim, fleet] = [await as('ct-2'), await as('ct-1'), await as('fleet-1')];
    const heard: string[] = [];
    spy.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    for (const filter of [
      '#',
      'v1/#',
      'v1/+/down/#',
      'v1/ct-1/down/cmd',
      '$share/a/v1/ct-1/down/#',
    ])
      await spy.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
    const atVictim = await listen(victim, 'v1/ct-1/down/cmd');
    await fleet.publishAsync('v1/ct-1/down/cmd', 'secret', { qos: 1 });
    await victim.publishAsync('v1/ct-1/up/event', 'mine', { qos: 1 });
    await fleet.publishAsync('v1/ct-2/down/cmd', 'yours', { qos: 1 });
    expect(await until(() => atVictim.length > 0 && heard.length > 0)).toBe(true);
    expect(heard.filter((each) => each !== 'v1/ct-2/down/cmd yours')).toEqual([]);
  });

  it('does not let a device take over another one’s connection by its client id', async () => {
    const victim = await as('ct-1', { clientId: 'ct-1' });
    let closed = false;
    victim.on('close', () => (closed = true));
    const thief = await as('ct-2', { clientId: 'ct-1' });
    await thief.publishAsync('v1/ct-2/up/event', 'x', { qos: 1 });
    await victim.publishAsync('v1/ct-1/up/event', 'still here', { qos: 1 });
    expect(closed).toBe(false);
  });

  it('lets in nobody without a certificate, or with one of another authority', async () => {
    await expect(connect(undefined)).rejects.toThrow(/certificate required|closed|reset|EPIPE/i);
    const other = await Authority.make(folder.path, 'other-authority');
    const foreign = await other.issue('ct-9');
    await expect(connect(foreign)).rejects.toThrow(/unknown ca|closed|reset|EPIPE/i);
    const output = () => broker.output();
    await expect.poll(output).toMatch(/peer did not return a certificate/);
    await expect.poll(output).toMatch(/certificate verify failed|unable to get local issuer/);
  });

  it('is not spoken to by a client that does not know its authority', async () => {
    const other = await Authority.make(folder.path, 'third-authority');
    await expect(connect(identities.get('ct-1'), { ca: other.certificate })).rejects.toThrow(
      /certificate/,
    );
  });
});
