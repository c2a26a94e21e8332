import { beforeEach, expect, it } from 'vitest';
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

it.each<[string, Buffer, Partial<Incoming>, string]>([
  ['another length', Buffer.from('abc'), {}, 'MQTT_FILE_REFUSED'],
  [
    'a refusal',
    Buffer.from('{"schema":1,"because":"unknown-file"}'),
    { schema: 'file-refusal' },
    'MQTT_FILE_REFUSED',
  ],
  ['something else', Buffer.from('{}'), { schema: 'other' }, 'MQTT_MESSAGE_MALFORMED'],
])('rejects for %s', async (_, payload, change, code) => {
  const reading = client.read('a', 0, 2);
  answer(0, payload, change);
  await expect(reading).rejects.toMatchObject({ code });
});

it('rejects where no answer comes, where the connection ends, and where there is none', async () => {
  const late = client.read('a', 0, 2);
  clock.advance(30_000);
  await expect(late).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
  const cut = client.read('a', 0, 20 * longestChunk);
  client.use(undefined);
  await expect(cut).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
  await expect(client.read('a', 0, 2)).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
});
