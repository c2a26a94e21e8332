import { beforeEach, expect, it } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { longestChunk } from '../messages/file-request.ts';
import type { BrokerLink, Incoming } from './broker-link.ts';
import { chunkSchema, type Message, readMessage } from './contract.ts';
import { FileClient } from './file-client.ts';

interface Asked {
  request: Message<'file-request'>;
  correlation: Buffer | undefined;
}

let clock: ManualClock;
let asked: Asked[];
let client: FileClient;

const link: BrokerLink = {
  publish: (_topic, payload, { correlation }) => {
    asked.push({ request: readMessage('file-request', payload), correlation });
    return Promise.resolve('taken');
  },
  subscribe: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  client = new FileClient('ct-1', clock);
  client.use(link);
});

function answer(at: number, payload: Buffer, change: Partial<Incoming> = {}): void {
  client.receive({
    topic: 'v1/ct-1/down/file',
    payload,
    retained: false,
    schema: chunkSchema,
    correlation: asked[at]!.correlation,
    responseTopic: undefined,
    again: false,
    ...change,
  });
}

it('puts parts together in order, in whatever order they come', async () => {
  const reading = client.read('a', 10, longestChunk + 2);
  expect(asked.map(({ request }) => [request.offset, request.length])).toEqual([
    [10, longestChunk],
    [10 + longestChunk, 2],
  ]);
  answer(1, Buffer.from('yz'));
  answer(1, Buffer.from('no'));
  answer(0, Buffer.alloc(longestChunk, 'x'));
  const bytes = Buffer.from(await reading);
  expect(bytes.length).toBe(longestChunk + 2);
  expect(bytes.subarray(-3).toString()).toBe('xyz');
});

it('asks for eight parts at once and for the next when one has come', () => {
  const reading = client.read('a', 0, 10 * longestChunk);
  expect(asked).toHaveLength(8);
  answer(5, Buffer.alloc(longestChunk));
  expect(asked).toHaveLength(9);
  reading.catch(() => undefined);
});

it.each<[string, Buffer, Partial<Incoming>]>([
  ['more than was asked for', Buffer.from('abc'), {}],
  ['nothing', Buffer.alloc(0), {}],
  ['something else', Buffer.from('{}'), { schema: 'other' }],
])('rejects for %s', async (_, payload, change) => {
  const reading = client.read('a', 0, 2);
  answer(0, payload, change);
  await expect(reading).rejects.toMatchObject({ code: 'MQTT_MESSAGE_MALFORMED' });
});

it('says why there is nothing', async () => {
  const reading = client.read('a', 0, 2);
  const refusal = Buffer.from('{"schema":1,"because":"unknown-file"}');
  answer(0, refusal, { schema: 'file-refusal' });
  expect(await reading).toBe('unknown-file');
});

it('hands on what stands before a part that is short or does not come', async () => {
  const short = client.read('a', 0, 3 * longestChunk);
  answer(0, Buffer.alloc(longestChunk));
  answer(1, Buffer.from('end'));
  answer(2, Buffer.from('{"schema":1,"because":"beyond-end"}'), { schema: 'file-refusal' });
  expect((await short).length).toBe(longestChunk + 3);
  const late = client.read('a', 0, 2 * longestChunk);
  answer(3, Buffer.alloc(longestChunk));
  clock.advance(30_000);
  expect((await late).length).toBe(longestChunk);
});

it('waits for what the broker was asked for while a connection is made again, and asks anew for the rest', async () => {
  const reading = client.read('a', 0, longestChunk);
  await Promise.resolve();
  client.use(undefined);
  const next = client.read('b', 0, 1);
  expect(asked).toHaveLength(1);
  client.use(link);
  expect(asked.map(({ request }) => request.file)).toEqual(['a', 'b']);
  answer(0, Buffer.alloc(longestChunk));
  answer(1, Buffer.from('b'));
  expect([(await reading).length, (await next).length]).toEqual([longestChunk, 1]);
});

it('asks anew for what the broker may not have heard', async () => {
  const broken: BrokerLink = {
    ...link,
    publish: async (...args) => {
      await link.publish(...args);
      throw new ScansideError('MQTT_UNREACHABLE', 'cut');
    },
  };
  client.use(broken);
  const reading = client.read('a', 0, 2);
  await Promise.resolve();
  client.use(link);
  expect(asked.map(({ request }) => request.file)).toEqual(['a', 'a']);
  answer(1, Buffer.from('ok'));
  expect((await reading).toString()).toBe('ok');
});

it('rejects where no answer comes, and where it ends', async () => {
  const late = client.read('a', 0, 2);
  clock.advance(30_000);
  await expect(late).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
  client.use(undefined);
  expect(client.isReachable).toBe(true);
  const without = client.read('a', 0, 2);
  clock.advance(30_000);
  await expect(without).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
  expect(client.isReachable).toBe(false);
  const ended = client.read('a', 0, 20 * longestChunk);
  client.end();
  await expect(ended).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
});
