import { expect, test } from 'vitest';
import {
  backoff,
  deliveryTable,
  judgeStoreStatus,
  nextDelivery,
  type DeliveryEvent,
  type DeliveryState,
} from './delivery-table.ts';

const states = Object.keys(deliveryTable) as DeliveryState[];
const events: DeliveryEvent[] = [
  'send',
  'accepted',
  'refused',
  'lost',
  'request',
  'confirmed',
  'denied',
  'unanswered',
  'doubted',
];

test('every state but the end leads to the end', () => {
  const reaches = new Set<DeliveryState>(['committed']);
  for (let round = 0; round < states.length; round++)
    for (const state of states)
      if (Object.values(deliveryTable[state].on).some((next) => reaches.has(next)))
        reaches.add(state);
  expect([...reaches].sort()).toEqual([...states].sort());
});

test('nothing leaves the end, and no event makes a restart lose what was proved', () => {
  for (const event of events) expect(nextDelivery('committed', event)).toBeUndefined();
  expect(states.map((state) => deliveryTable[state].onBoot)).toEqual([
    'queued',
    'queued',
    'stored',
    'stored',
    'committed',
  ]);
});

test('a report that comes early, late or twice does no harm', () => {
  for (const state of states)
    expect([undefined, 'committed']).toContain(nextDelivery(state, 'confirmed'));
  expect(nextDelivery('committed', 'denied')).toBeUndefined();
  expect(nextDelivery('queued', 'denied')).toBeUndefined();
});

test.each([
  [0x0000, 'accepted'],
  [0xb000, 'accepted'],
  [0xb007, 'accepted'],
  [0xa700, 'refused'],
  [0xa7ff, 'refused'],
  [0xa900, 'form-refused'],
  [0xc000, 'form-refused'],
  [0x0122, 'form-refused'],
  [0x0107, 'accepted'],
  [0x0111, 'accepted'],
  [0x0116, 'accepted'],
  [0x0110, 'refused'],
  [0x0124, 'refused'],
  [0x0210, 'refused'],
  [0xfe00, 'refused'],
  [0xa9ff, 'form-refused'],
  [0xcfff, 'form-refused'],
  [0x0117, 'form-refused'],
  [0x0120, 'form-refused'],
])('status %i is %s', (status, verdict) => {
  expect(judgeStoreStatus(status)).toBe(verdict);
});

test('delays double, are spread by half, and end at five minutes', () => {
  expect([0, 1, 2, 3].map((attempts) => backoff(attempts, 0.999_999))).toEqual([
    1000, 2000, 4000, 8000,
  ]);
  expect(backoff(3, 0)).toBe(4000);
  expect(backoff(1000, 0.999_999)).toBe(300_000);
});
