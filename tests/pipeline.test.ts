import { beforeEach, describe, expect, test } from 'vitest';
import { type PhantomInstance } from '../demo/phantom-study.ts';
import { disk } from '../device/files.ts';
import { scanSegment } from '../runtime/spool/segment-reader.ts';

import { bundle, Line, phantom, scored } from './line.ts';

describe.each(['plain', 'sealed'])('%s', (form) => {
  const sealed = form === 'sealed';
  let line: Line;
  beforeEach(() => {
    line = new Line({ sealed });
  });
  const results = (studyUid = '1.2.3') => line.studies.results(studyUid);

  test('a study becomes one result for its model, and is sent', async () => {
    await line.receive(phantom(1), phantom(2));
    expect(line.analysed, 'analysed before the study is complete').toHaveLength(2);
    expect(line.reports).toEqual([]);
    await line.pass();
    expect(results()).toMatchObject([{ model: 'test-model', conclusion: { state: 'flagged' } }]);
    expect([...line.sent]).toEqual(['2.25.1']);
    expect(line.analysed, 'each image once').toHaveLength(2);
  });

  test('a study that no model is for still gets its one result, with the reason', async () => {
    await line.receive(phantom(1, { bodyPart: 'ABDOMEN' }));
    await line.pass();
    expect(results()).toMatchObject([
      { model: 'dispatcher', conclusion: { state: 'not-analysed', reason: 'out-of-scope' } },
    ]);
    expect(line.analysed).toEqual([]);
    expect(line.sent.size).toBe(1);
  });

  test.each([true, false])(
    'a result that comes later than wanted is filed all the same, and marked beside the object (late: %s)',
    async (late) => {
      line.takesMs = late ? 5001 : 4000;
      await line.receive(phantom(1));
      await line.pass();
      expect(results()).toMatchObject([{ late, conclusion: { state: 'flagged' } }]);
      expect(line.reports).toHaveLength(1);
      expect(JSON.stringify(line.reports[0])).not.toContain('"late"');
      await line.restart({ keepState: false });
      expect(results(), 'read from the segment again').toMatchObject([{ late }]);
    },
  );

  test.each([true, false])(
    'a study stays raised over a restart (state kept: %s)',
    async (keepState) => {
      await line.receive(phantom(1));
      expect(line.studies.study('1.2.3')?.raised).toBe(false);
      await line.act({ kind: 'raise' });
      expect(line.studies.study('1.2.3')?.raised).toBe(true);
      await line.restart({ keepState });
      expect(line.studies.study('1.2.3')?.raised).toBe(true);
    },
  );

  test('the same image again changes nothing', async () => {
    await line.receive(phantom(1));
    await line.pass();
    await line.receive(phantom(1));
    await line.pass();
    expect([results().length, line.analysed.length, line.sent.size]).toEqual([1, 1, 1]);
  });

  test('other bytes under a known UID are kept and do not replace the first', async () => {
    const first = phantom(1);
    await line.receive(first);
    await line.receive(otherBytes(first));
    await line.pass();
    expect(line.instances.ofStudy('1.2.3')).toHaveLength(1);
    expect(line.analysed).toHaveLength(1);
    expect(line.studies.study('1.2.3')?.conflicts).toBe(1);
  });

  test.each([true, false])(
    'use-latest: other bytes replace the first and make a second result (state kept: %s)',
    async (keepState) => {
      line = new Line({ sealed, policy: 'use-latest' });
      const first = phantom(1);
      await line.receive(first);
      await line.pass();
      line.result = scored(0.1);
      await line.receive(otherBytes(first));
      await line.pass();
      expect(results().map(({ conclusion }) => conclusion.state)).toEqual(['flagged', 'no-flag']);
      expect(line.reports[1]?.predecessor?.sopInstanceUid).toBe('2.25.1');
      await line.restart({ keepState });
      expect(results()).toHaveLength(2);
      expect(line.instances.isInConflict(first.sopInstanceUid)).toBe(true);
    },
  );

  test.each([true, false])(
    'quarantine: a study with conflicting images gets no result that is sent (state kept: %s)',
    async (keepState) => {
      line = new Line({ sealed, policy: 'quarantine' });
      const first = phantom(1);
      await line.receive(first, otherBytes(first));
      await line.pass();
      const withheld = [
        { sopInstanceUid: '', conclusion: { state: 'not-analysed', reason: 'conflicting-images' } },
      ];
      expect(results()).toMatchObject(withheld);
      await line.restart({ keepState });
      expect(results()).toMatchObject(withheld);
      expect(line.sent.size).toBe(0);
    },
  );

  test('why a study was complete is kept with its result', async () => {
    await line.receive(phantom(1));
    await line.pass();
    const [result] = results();
    const [record] = scanSegment(disk, result!.path, 0, line.keys()).records;
    expect(record?.meta['completeness']).toBe('quiet');
  });

  test('a late image makes a second result that names the first, and looks at no image twice', async () => {
    await line.receive(phantom(1));
    await line.pass();
    await line.receive(phantom(2));
    await line.pass();
    expect(results().map(({ inputs }) => inputs.length)).toEqual([1, 2]);
    expect(line.reports[1]?.predecessor?.sopInstanceUid).toBe('2.25.1');
    expect(line.analysed).toHaveLength(2);
  });

  test('what stands beside a report is sent behind it, and made once', async () => {
    line.companions = 2;
    await line.receive(phantom(1));
    await line.pass();
    const all = ['2.25.1', '2.25.1.1', '2.25.1.2'];
    expect([...line.sent]).toEqual(all);
    for (const keepState of [true, false]) {
      line.sent.clear();
      await line.restart({ keepState });
      expect([...line.sent].sort()).toEqual(all);
    }
    expect(line.made).toEqual(['2.25.1.1', '2.25.1.2']);
  });

  test('what stands beside one model’s report waits for no other’s', async () => {
    const { manifest } = bundle;
    const second = { ...manifest, identity: { ...manifest.identity, name: 'second-model' } };
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(line, { bundles: [bundle, { ...bundle, manifest: second }], companions: 1 });
    line.held = { model: 'test-model', until: promise };
    await line.receive(phantom(1));
    for (let turn = 0; turn < 200 && line.sent.size < 3; turn++) await line.turn();
    expect([...line.sent]).toEqual(['2.25.1', '2.25.2', '2.25.2.1']);
    resolve();
    await line.pass();
    expect([...line.sent]).toEqual(['2.25.1', '2.25.2', '2.25.2.1', '2.25.1.1']);
  });

  test('a companion that does not reach the disk is made again, and the report has gone before', async () => {
    line.companions = 2;
    line.diskIsFullAt = 2;
    await line.receive(phantom(1));
    for (let turn = 0; turn < 50 && line.failures.length === 0; turn++) await line.turn();
    expect([[...line.sent], line.failures]).toEqual([['2.25.1', '2.25.1.1'], ['study']]);
    expect(line.studies.study('1.2.3')?.state).toBe('reported');
    line.diskIsFullAt = 0;
    await line.pass();
    expect([...line.sent]).toEqual(['2.25.1', '2.25.1.1', '2.25.1.2']);
    expect(line.reports).toHaveLength(1);
    expect(line.studies.study('1.2.3')?.state).toBe('finished');
  });

  test('a device that is stopped over companions makes them after the next start', async () => {
    line.companions = 2;
    line.meanwhile = () => line.pipeline.close();
    await line.receive(phantom(1));
    for (let turn = 0; turn < 50 && line.made.length === 0; turn++) await line.turn();
    await line.turn();
    expect([...line.sent]).toEqual(['2.25.1']);
    expect(line.studies.study('1.2.3')?.state).toBe('reported');
    line.meanwhile = () => undefined;
    await line.restart({ keepState: true });
    expect([...line.sent].sort()).toEqual(['2.25.1', '2.25.1.1', '2.25.1.2']);
  });

  test('a late image ends what is made beside a report that it takes the place of', async () => {
    line.companions = 2;
    line.meanwhile = async () => {
      line.meanwhile = () => undefined;
      await line.receive(phantom(2));
    };
    await line.receive(phantom(1));
    await line.pass();
    expect([...line.sent]).toEqual(['2.25.1', '2.25.2', '2.25.2.1', '2.25.2.2']);
  });

  test('two patients in one study: nothing is sent, and the study says why', async () => {
    await line.receive(phantom(1), phantom(2, { patient: { name: 'TEST^TWO', id: 'T2' } }));
    await line.pass();
    expect(results()).toMatchObject([
      { sopInstanceUid: '', conclusion: { state: 'not-analysed', reason: 'patient-mismatch' } },
    ]);
    expect([line.sent.size, line.failures]).toEqual([0, ['report']]);
  });

  test('an image that could not be analysed makes the study not analysed', async () => {
    line.result = { state: 'not-analysed', reason: 'model-fault', detail: 'no answer' };
    await line.receive(phantom(1));
    await line.pass();
    expect(results()).toMatchObject([
      { conclusion: { state: 'not-analysed', reason: 'model-fault' } },
    ]);
  });

  test.each([
    ['cannot be written', ''],
    ['breaks a rule', '2.25.1'],
  ] as const)('a result whose report %s is one all the same', async (report, sopInstanceUid) => {
    line.report = report;
    await line.receive(phantom(1));
    await line.pass();
    expect(results()).toMatchObject([{ sopInstanceUid, conclusion: { state: 'not-analysed' } }]);
    expect([line.sent.size, line.failures]).toEqual([sopInstanceUid ? 1 : 0, ['report']]);
  });

  test.each([true, false])('a restart does nothing twice (state kept: %s)', async (keepState) => {
    await line.receive(phantom(1), phantom(2));
    await line.receive(phantom(3, { studyInstanceUid: '1.2.4' }));
    await line.pass();
    const before = [results(), results('1.2.4')];
    await line.restart({ keepState });
    expect([results(), results('1.2.4')]).toEqual(before);
    expect([...line.sent].sort()).toEqual(['2.25.1', '2.25.2']);
    expect(line.reports).toHaveLength(2);
  });

  test.each([true, false])(
    'what was received before a crash is finished after it (state kept: %s)',
    async (keepState) => {
      await line.receive(phantom(1));
      await line.restart({ keepState });
      expect(results()).toMatchObject([{ conclusion: { state: 'flagged' } }]);
    },
  );

  /** Another image under the UID of this one. */
  function otherBytes(instance: PhantomInstance): PhantomInstance {
    const { sopInstanceUid } = instance;
    return { ...phantom(2), sopInstanceUid, dataSet: replaceUid(phantom(2), instance) };
  }
});

/** The data set of one instance under the SOP Instance UID of another; both UIDs are equally long. */
function replaceUid(
  { dataSet, sopInstanceUid }: PhantomInstance,
  other: PhantomInstance,
): Uint8Array {
  const padded = (uid: string) => uid.padEnd(64, '\0');
  const text = Buffer.from(dataSet).toString('latin1');
  const length = Math.max(sopInstanceUid.length, other.sopInstanceUid.length);
  expect(sopInstanceUid.length + (sopInstanceUid.length % 2)).toBe(length + (length % 2));
  return Buffer.from(
    text.replace(
      padded(sopInstanceUid).slice(0, length + (length % 2)),
      padded(other.sopInstanceUid).slice(0, length + (length % 2)),
    ),
    'latin1',
  );
}
