import { expect, test } from 'vitest';
import { parseConfiguration } from './config.ts';
import { type DeviceFacts, describeDevice } from './device-view.ts';
import type { InferenceView } from './inference/inference-service.ts';
import { onProcessor } from './inference/session/placement.ts';

const cleared = {
  hash: 'aa',
  manifest: { identity: { name: 'a', version: '1.0.0', status: 'cleared' } },
} as DeviceFacts['bundles'][number];
const served = [{ bundle: cleared, placement: onProcessor }] as InferenceView['served'];
const well: InferenceView = {
  state: 'ok',
  queued: 0,
  late: undefined,
  served,
  refused: new Map(),
  detours: [],
  peak: undefined,
  level: 'full',
  cause: undefined,
  budget: undefined,
  hottest: 51,
};

const ris = { name: 'RIS', protocol: 'hl7', host: '127.0.0.1', port: 2575 };
const archive = { name: 'main', host: '127.0.0.1', port: 104, aeTitle: 'PACS' };
/** A device of which there is nothing to say. */
const closed = {
  device: { serial: 'SC-0001' },
  destinations: [archive, ris],
  models: { enabled: [] },
  audit: { hospitalKeyFile: 'hospital.pem' },
};

function viewOf(inference: Partial<InferenceView>, facts: Partial<DeviceFacts> = {}) {
  const { conditions, ...view } = describeDevice({
    configuration: parseConfiguration(closed),
    now: 0,
    space: { free: 50, total: 100 },
    bundles: [cleared],
    inference: { ...well, ...inference },
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
  return { ...view, conditions: conditions.map(({ id, values }) => ({ id, values })) };
}

const conditionsOf = (facts: Partial<DeviceFacts>) => viewOf({}, facts).conditions;

test('where all is well, nothing is said but what AI runs on', () => {
  expect(viewOf({})).toMatchObject({
    engine: 'ok',
    accelerator: 'processor',
    hottest: 51,
    conditions: [],
  });
});

test('what two bundles run on is named once each', () => {
  const placement = { ...onProcessor, provider: 'tensorrt' as const };
  const both = [...served, ...served, { ...served[0]!, placement }];
  expect(viewOf({ served: both }).accelerator).toBe('processor, TensorRT');
});

test.each([
  [3200, { id: 'ai-late', values: { seconds: 4 } }],
  [37_000, { id: 'ai-late', values: { seconds: 40 } }],
  [undefined, { id: 'ai-behind', values: {} }],
])('that results will be %s ms late is said', (byMs, condition) => {
  const late = { byMs, because: 'work before it takes 9.0 s' };
  expect(viewOf({ late }).conditions).toEqual([condition]);
});

test.each([
  ['heat', 'ai-held-heat'],
  ['throttled', 'ai-held-heat'],
  ['stalled', 'ai-held-memory'],
  ['over-current', 'ai-held-power'],
  ['blind', 'ai-held-blind'],
] as const)('that everything is held for %s is said, and nothing else of AI', (cause, id) => {
  const late = { byMs: undefined, because: 'no routine work may run now' };
  expect(viewOf({ level: 'hold', cause, late })).toMatchObject({
    engine: 'held',
    conditions: [{ id, values: {} }],
  });
});

test('that it works slower, runs elsewhere or has failed is said', () => {
  const detours = [{ network: 'a', because: 'PEER_UNREACHABLE' }];
  const view = viewOf({ state: 'failing', level: 'trimmed', cause: 'memory', detours });
  expect(view.conditions.map(({ id }) => id)).toEqual([
    'ai-failed',
    'ai-slower-memory',
    'server-detour',
  ]);
});

test.each([
  ['MODEL_FAULT: rule golden-answer: self-test of 1.dcm', 'self-test-failed'],
  ['BUNDLE_INVALID: /a: rule file-hash: must have its SHA-256', 'model-changed'],
  ['the bundle on the disk is not the one that was loaded', 'model-changed'],
  ['MODEL_FAULT: no session', 'model-unusable'],
])('a model that is refused because %s is an alert', (why, id) => {
  const { conditions } = viewOf({ refused: new Map([['aa', why]]) });
  expect(conditions).toEqual([{ id, values: { model: 'a 1.0.0' } }]);
});

test('a refusal of a model that is not in service any more is none', () => {
  expect(viewOf({ refused: new Map([['bb', 'rule golden-answer']]) }).conditions).toEqual([]);
});

test('exams that mix patients come before everything else', () => {
  const conditions = conditionsOf({ mixed: 3, failing: ['main'], space: { free: 8, total: 100 } });
  expect(conditions).toEqual([
    { id: 'patient-mismatch', values: { count: 3 } },
    { id: 'disk-low', values: { percent: 8 } },
    { id: 'pacs-failing', values: { destination: 'main' } },
  ]);
});

test.each([
  ['keep-first', 'conflicting-images-first'],
  ['use-latest', 'conflicting-images-latest'],
  ['quarantine', 'conflicting-images-aside'],
])('what different images under one identity mean is said under %s', (duplicatePolicy, id) => {
  const configuration = parseConfiguration({ ...closed, receiver: { duplicatePolicy } });
  expect(conditionsOf({ configuration, conflicting: 1 })).toEqual([{ id, values: { count: 1 } }]);
});

test('a disk that has images refused is more than one that is almost full', () => {
  expect(conditionsOf({ space: { free: 4, total: 100 } })).toEqual([
    { id: 'disk-refusing', values: {} },
  ]);
});

test.each([
  [120_000, []],
  [-120_000, []],
  [121_000, [{ id: 'clock-jumped', values: { minutes: 2 } }]],
  [-3_600_000, [{ id: 'clock-jumped', values: { minutes: -60 } }]],
])('a jump of the clock by %i ms', (clockJumpMs, conditions) => {
  expect(conditionsOf({ clockJumpMs })).toEqual(conditions);
});

test.each([
  [1000, 'ai-paused'],
  [0, 'ai-pause-due'],
])('a pause that is to be reminded of at %i', (remindAt, id) => {
  const pause = { paused: true, since: 0, user: 'ada', reason: 'maintenance', remindAt } as const;
  const view = viewOf({}, { pause, now: 500 });
  expect(view.pause).toBe(pause);
  expect(view.conditions).toEqual([{ id, values: {} }]);
});

const day = 24 * 3600_000;

test.each([
  [30 * day, []],
  [30 * day - 1, [{ id: 'certificate-expiring', values: { certificate: 'bay-3', days: 29 } }]],
  [0, [{ id: 'certificate-expired', values: { certificate: 'bay-3' } }]],
  [undefined, []],
])('a certificate that ends in %s ms', (notAfter, conditions) => {
  const certificates = [{ subject: 'bay-3', usedBy: ['receiver'], notAfter }];
  expect(conditionsOf({ certificates })).toEqual(conditions);
});

test('a certificate that begins later says that the clock stands wrong', () => {
  const certificate = { subject: 'bay-3', usedBy: ['broker'], notAfter: 30 * day };
  expect(conditionsOf({ certificates: [{ ...certificate, notBefore: day }] })).toEqual([
    { id: 'certificate-early', values: { certificate: 'bay-3' } },
  ]);
});

test.each([
  [{ state: 'near' }, [{ id: 'audit-near-full', values: { percent: 96 } }]],
  [{ state: 'full' }, [{ id: 'audit-full', values: {} }]],
  [{ unwritable: true }, [{ id: 'audit-unwritable', values: {} }]],
  [{ damaged: true }, [{ id: 'audit-damaged', values: {} }]],
] as const)('an audit log that is %j', (change, conditions) => {
  const audit = {
    usedBytes: 96,
    quotaBytes: 100,
    state: 'ok' as const,
    unwritable: false,
    damaged: false,
  };
  expect(conditionsOf({ audit: { ...audit, ...change } })).toEqual(conditions);
});

test('what an installation leaves open is counted, and a panel without HTTPS named', () => {
  const configuration = parseConfiguration({ ...closed, device: {} });
  expect(conditionsOf({ configuration, panelWithoutHttps: true })).toEqual([
    { id: 'panel-without-https', values: {} },
    { id: 'configuration-open', values: { count: 1 } },
  ]);
});

test('a model without a clearance is a demonstration', () => {
  const { identity } = cleared.manifest;
  const manifest = { ...cleared.manifest, identity: { ...identity, status: 'demo' as const } };
  const view = viewOf({}, { bundles: [{ ...cleared, manifest }] });
  expect(view.demo).toBe(true);
  expect(view.conditions).toEqual([{ id: 'demonstration-model', values: {} }]);
});

test.each([
  ['ok', [archive, ris], ['RIS'], ['messages-failing']],
  ['failing', [archive, ris], ['main'], ['pacs-failing']],
  ['none', [ris], ['RIS'], ['messages-failing', 'no-pacs']],
] as const)('the PACS is %s whatever a RIS does', (pacs, destinations, failing, ids) => {
  const configuration = parseConfiguration({ ...closed, destinations });
  const view = viewOf({}, { configuration, failing: [...failing] });
  expect(view.pacs).toBe(pacs);
  expect(view.conditions.map(({ id }) => id)).toEqual(ids);
});
