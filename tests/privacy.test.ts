import { expect, test } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { isTerminal, killNow, startTestAppliance } from './appliance.ts';

const canaries = ['KANARIENVOGEL', 'CANARY-4711', 'CANARYACC'];

/** A phantom of a patient whose name, id and accession number must appear nowhere but on the panel and in results. */
function canary(seed: number, change: Partial<Parameters<typeof makePhantomInstance>[0]> = {}) {
  return makePhantomInstance({
    seed,
    size: 128,
    patient: { name: 'KANARIENVOGEL^TWEETY', id: 'CANARY-4711' },
    accessionNumber: 'CANARYACC',
    studyInstanceUid: `1.2.3.${seed}`,
    ...change,
  });
}

test('the log names no patient, whatever goes well or wrong', async () => {
  const appliance = await startTestAppliance({
    destinations: [{ name: 'dead', host: '127.0.0.1', port: 1, aeTitle: 'DEAD' }],
  });
  const studies = [
    [canary(1)],
    [canary(2, { bodyPart: 'ABDOMEN' })],
    [
      canary(3),
      canary(4, { studyInstanceUid: '1.2.3.3', patient: { name: 'OTHER^ONE', id: 'CANARY-4711' } }),
    ],
  ];
  for (const study of studies) await sendStudy(study, appliance.scanner);
  killNow(appliance.pids.engine);
  await sendStudy([canary(5)], appliance.scanner);
  const broken = canary(6);
  const association = await appliance.associate([broken]);
  await association.store({ ...broken, dataSet: broken.dataSet.subarray(0, 700) });
  await association.store({ ...broken, sopInstanceUid: '1.2.3.4.5' });
  await association.release();
  await appliance.untilExams(['1.2.3.1', '1.2.3.2', '1.2.3.3', '1.2.3.5'], isTerminal);
  const log = appliance.log.join('\n');
  expect(log).toMatch(/association opened/);
  expect(log).toMatch(/quarantined/);
  expect(log).toMatch(/delivery postponed/);
  expect(JSON.stringify(appliance.exams()), 'the panel does name the patient').toContain(
    'KANARIENVOGEL',
  );
  for (const name of canaries) expect(log).not.toContain(name);
});
