import { beforeEach, describe, expect, test } from 'vitest';
import { Line, phantom } from './line.ts';

describe.each(['plain', 'sealed'])('the line, %s', (form) => {
  let line: Line;
  beforeEach(() => {
    line = new Line({ sealed: form === 'sealed' });
  });
  const results = (studyUid = '1.2.3') => line.studies.results(studyUid);

  describe('a flag that a person takes back', () => {
    const amended = () => results().find(({ amends }) => amends !== '');

    test('is amended once, names the report that stays, and is sent', async () => {
      await line.receive(phantom(1));
      await line.pass();
      await line.act({ kind: 'withdraw', reports: ['2.25.1'] });
      line.pipeline.look('1.2.3');
      await line.pass();
      expect(results()).toHaveLength(2);
      expect(amended()).toMatchObject({
        amends: '2.25.1',
        sopInstanceUid: '2.25.2',
        withdrawal: { reason: 'false-flag', role: 'radiologist' },
        conclusion: { state: 'flagged' },
      });
      expect(line.reports[1]?.predecessor?.sopInstanceUid).toBe('2.25.1');
      expect([...line.sent]).toEqual(['2.25.1', '2.25.2']);
      expect(line.studies.study('1.2.3')?.state).toBe('finished');
    });

    test.each([true, false])(
      'is amended after a crash that came between (state kept: %s)',
      async (keepState) => {
        await line.receive(phantom(1));
        await line.pass();
        await line.act({ kind: 'withdraw', reports: ['2.25.1'] });
        await line.restart({ keepState });
        expect(amended()?.amends).toBe('2.25.1');
        await line.restart({ keepState });
        expect([results().length, line.reports.length]).toEqual([2, 2]);
      },
    );

    test('is followed by a later result that names the amendment', async () => {
      await line.receive(phantom(1));
      await line.pass();
      await line.act({ kind: 'withdraw', reports: ['2.25.1'] });
      await line.receive(phantom(2));
      await line.pass();
      expect(line.reports[1]?.predecessor?.sopInstanceUid).toBe('2.25.1');
      expect(line.reports[2]?.predecessor).toMatchObject({
        sopInstanceUid: '2.25.2',
        withdrawal: { reason: 'false-flag' },
      });
      expect(results().at(-1)).toMatchObject({ amends: '', conclusion: { state: 'flagged' } });
    });

    test('has no pictures made of it', async () => {
      line.companions = 1;
      await line.receive(phantom(1));
      await line.pass();
      line.companions = 0;
      await line.act({ kind: 'withdraw', reports: ['2.25.1'] });
      line.pipeline.look('1.2.3');
      await line.pass();
      expect(line.made).toEqual(['2.25.1.1']);
    });
  });

  describe('while AI is paused', () => {
    const reason = () =>
      results().map(({ conclusion }) => 'reason' in conclusion && conclusion.reason);

    test('nothing is analysed, and an exam ends at once with its one result', async () => {
      line.paused = true;
      await line.receive(phantom(1));
      await line.pass();
      expect([line.analysed, reason(), [...line.sent]]).toEqual([[], ['paused'], ['2.25.1']]);
    });

    test.each([true, false])(
      'what has ended so keeps its result when AI works again (state kept: %s)',
      async (keepState) => {
        line.paused = true;
        await line.receive(phantom(1));
        await line.pass();
        line.paused = false;
        await line.restart({ keepState });
        expect([reason(), line.reports.length]).toEqual([['paused'], 1]);
        await line.receive(phantom(2, { studyInstanceUid: '1.2.4' }));
        await line.pass();
        expect(results('1.2.4')).toMatchObject([{ conclusion: { state: 'flagged' } }]);
      },
    );

    test('an exam that waits for its analysis ends without it, and is not answered by it', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      line.analysing = promise;
      await line.receive(phantom(1));
      for (let turn = 0; turn < 20; turn++) await line.turn();
      expect([line.analysed.length, results()]).toEqual([1, []]);
      line.paused = true;
      line.pipeline.pause();
      await line.pass();
      expect(reason()).toEqual(['paused']);
      resolve();
      await line.pass();
      expect(reason()).toEqual(['paused']);
    });

    test('an analysis that is done is no answer either', async () => {
      await line.receive(phantom(1));
      line.paused = true;
      await line.pass();
      expect([line.analysed.length, reason()]).toEqual([1, ['paused']]);
    });

    test('late images hide no flag that stands: they are told to be missed', async () => {
      await line.receive(phantom(1));
      await line.pass();
      line.paused = true;
      await line.receive(phantom(2));
      await line.pass();
      expect(results().at(-1)?.conclusion).toMatchObject({
        state: 'flagged',
        missed: [{ reason: 'paused' }],
      });
    });

    test('late images bring back no flag that was taken back', async () => {
      await line.receive(phantom(1));
      await line.pass();
      await line.act({ kind: 'withdraw', reports: ['2.25.1'] });
      line.paused = true;
      await line.receive(phantom(2));
      await line.pass();
      expect(reason().at(-1)).toBe('paused');
    });
  });
});
