import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { writeSupportBundle } from '../provisioning/support/support-bundle.ts';
import { isTerminal, journey, startTestAppliance } from './appliance.ts';
import { freePort } from './outside.ts';
import { temporaryFolder } from './peers/process.ts';
import { scanside } from './provision-site.ts';

/** What names a patient, a site, a person or a peer. */
const canaries = [
  'KANARIENVOGEL',
  'CANARY-4711',
  'CANARYACC',
  '1.2.826.0.1',
  'CANARYCT',
  'CANARYPACS',
  'CanaryBay',
  'canary.example',
];

test('a support bundle says how the device stands and names nobody', journey, async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const configuration = {
    device: { name: 'CanaryBay', serial: 'CANARY-4711' },
    destinations: [{ name: 'CANARYPACS', host: 'canary.example', port: 1, aeTitle: 'CANARYPACS' }],
    metrics: { port: await freePort() },
  };
  const appliance = await startTestAppliance(configuration);
  const study = makePhantomInstance({
    seed: 1,
    size: 128,
    patient: { name: 'KANARIENVOGEL^TWEETY', id: 'CANARY-4711' },
    accessionNumber: 'CANARYACC',
    studyInstanceUid: '1.2.826.0.1.1',
  });
  await sendStudy([study], { ...appliance.scanner, aeTitle: 'CANARYCT' });
  await appliance.untilExams(['1.2.826.0.1.1'], isTerminal);
  const address = `http://127.0.0.1:${configuration.metrics.port}/metrics`;
  const metrics = await (await fetch(address)).text();
  const conditions = appliance.source.device().conditions.map(({ id }) => id);
  await appliance.stop();
  // As the program writes its log, and as somebody may have spoilt it.
  const logLines = appliance.log.map((line) => JSON.stringify({ level: 30, time: 1, msg: line }));
  logLines.push(
    'KANARIENVOGEL',
    JSON.stringify({ level: 50, msg: 'ready', file: 'KANARIENVOGEL' }),
  );
  const path = join(folder.path, 'bundle.json');
  writeSupportBundle(disk, path, {
    at: systemClock.now(),
    versions: { software: '0.1.0' },
    configuration,
    checks: [
      {
        name: 'pacs',
        state: 'fail',
        code: 'PEER_UNREACHABLE',
        facts: { host: 'canary.example', ms: 3 },
      },
    ],
    conditions,
    metrics,
    logLines,
  });
  const text = readFileSync(path, 'utf8');
  for (const name of canaries) expect(text.includes(name), name).toBe(false);
  const bundle = JSON.parse(text) as { metrics: string[]; log: { msg?: string }[] };
  expect(bundle).toMatchObject({
    checks: [{ name: 'pacs', state: 'fail', code: 'PEER_UNREACHABLE', facts: { ms: 3 } }],
    configuration: { destinations: [{ port: 1, host: '(set)' }] },
    conditions: expect.arrayContaining(['configuration-open']) as string[],
    leftOut: 1,
  });
  expect(bundle.metrics.join('\n')).toMatch(/^dicom_exams_total\{outcome="[a-z-]+"\} 1$/m);
  expect(bundle.log.map(({ msg }) => msg)).toContain('ready');
});

test('a doctor writes one, beside what it says', journey, async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const at = (name: string) => join(folder.path, name);
  const to = {
    name: 'CANARYPACS',
    host: '127.0.0.1',
    port: await freePort(),
    aeTitle: 'CANARYPACS',
  };
  const device = { name: 'CanaryBay', serial: 'CANARY-4711' };
  writeFileSync(
    at('site.json'),
    JSON.stringify({ dataFolder: at('data'), device, destinations: [to] }),
  );
  writeFileSync(
    at('log'),
    `${JSON.stringify({ level: 30, time: 1, msg: 'ready' })}\nKANARIENVOGEL\n`,
  );
  const files = ['--config', at('site.json'), '--bundle', at('bundle.json'), '--log', at('log')];
  const done = await scanside('doctor', ...files);
  expect(done).toMatchObject({ code: 3, output: expect.stringContaining('PEER_PORT_CLOSED') });
  const bundle = readFileSync(at('bundle.json'), 'utf8');
  expect(bundle).toContain('PEER_PORT_CLOSED');
  expect(bundle).toContain('"ready"');
  expect(canaries.filter((canary) => bundle.includes(canary))).toEqual([]);
});
