import { expect, test } from 'vitest';
import { conditionText } from '../device/conditions.ts';
import { parseConfiguration } from './config.ts';
import { type DeviceFacts, describeDevice } from './device-view.ts';
import type { InferenceView } from './inference/inference-service.ts';
import { onProcessor } from './inference/session/placement.ts';

const bundle = { manifest: { identity: { name: 'a', version: '1.0.0', status: 'cleared' } } };
const served = [{ bundle, placement: onProcessor }] as unknown as InferenceView['served'];
const well: InferenceView = {
  state: 'ok',
  queued: 0,
  late: undefined,
  served,
  detours: [],
  peak: undefined,
  level: 'full',
  budget: undefined,
  hottest: 51,
};

function viewOf(change: Partial<InferenceView>, facts: Partial<DeviceFacts> = {}) {
  const { conditions, ...view } = describeDevice({
    configuration: parseConfiguration({}),
    now: 0,
    space: { free: 50, total: 100 },
    bundles: [],
    inference: { ...well, ...change },
    surroundings: [],
    failing: [],
    pause: { paused: false },
    waiting: 0,
    mixed: 0,
    conflicting: 0,
    queue: 0,
    lastMessageAt: undefined,
    ...facts,
  });
  const warnings = conditions.map(conditionText);
  return { ...view, warnings, ai: warnings.filter((line) => /\bAI\b/.test(line)) };
}

test('where AI is well, nothing is said but what it runs on', () => {
  expect(viewOf({})).toMatchObject({
    engine: 'ok',
    accelerator: 'processor',
    hottest: 51,
    ai: [],
  });
});

test('what two bundles run on is named once each', () => {
  const placement = { ...onProcessor, provider: 'tensorrt' as const };
  const both = [...served, ...served, { ...served[0]!, placement }];
  expect(viewOf({ served: both }).accelerator).toBe('processor, TensorRT');
});

test.each([
  [3200, 'AI is about 4 s behind: work before it takes 9.0 s'],
  [37_000, 'AI is about 40 s behind: work before it takes 9.0 s'],
  [undefined, 'AI is behind: work before it takes 9.0 s'],
])('that results will be %s ms late is said with the reason', (byMs, words) => {
  const because = 'work before it takes 9.0 s';
  expect(viewOf({ late: { byMs, because } }).ai).toEqual([words]);
});

test('that everything is held is said alone, and loudly', () => {
  const budget = 'warm: images are received and kept, analysis waits';
  const late = { byMs: undefined, because: 'no routine work may run now' };
  expect(viewOf({ level: 'hold', budget, late })).toMatchObject({
    engine: 'held',
    ai: ['AI WAITS, warm: images are received and kept, analysis waits. No exam is lost'],
  });
});

test('that a server is not reached is said with the reason', () => {
  const detours = [{ network: 'a', because: 'PEER_UNREACHABLE' }];
  expect(viewOf({ detours }).ai).toEqual(['AI runs here and not on the server: PEER_UNREACHABLE']);
});

test('that it works slower is said with the reason', () => {
  const budget = 'warm: batches halved, background work waits';
  expect(viewOf({ level: 'trimmed', budget }).ai).toEqual([
    'AI works slower, warm: batches halved, background work waits',
  ]);
});

test.each([
  [1, '1 exam names different patients: NOTHING IS SENT'],
  [3, '3 exams name different patients: NOTHING IS SENT'],
])('that %i exams mix patients is an alert with its remedy', (mixed, words) => {
  const [line] = viewOf({}, { mixed }).warnings.filter((each) => each.includes('patients:'));
  expect(line).toContain(words);
  expect(line).toContain('Compare the patient on the scanner console');
});

const ris = { name: 'RIS', protocol: 'hl7', host: '10.0.0.9', port: 2575 };
const archive = { name: 'main', host: '10.0.0.7', port: 104, aeTitle: 'PACS' };

test.each([
  ['ok', [archive, ris], ['RIS']],
  ['failing', [archive, ris], ['main']],
  ['none', [ris], ['RIS']],
] as const)('the PACS is %s whatever a RIS does', (pacs, destinations, failing) => {
  const configuration = parseConfiguration({ destinations });
  const view = viewOf({}, { configuration, failing: [...failing] });
  expect(view.pacs).toBe(pacs);
  expect(view.warnings).toContainEqual(expect.stringContaining(`No connection to ${failing[0]}`));
});
