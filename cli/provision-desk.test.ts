import { expect, it, onTestFinished } from 'vitest';
import { disk } from '../device/files.ts';
import type { SessionEvent } from '../provisioning/session/session.ts';
import { journalIn } from '../provisioning/session/standing.ts';
import { temporaryFolder } from '../tests/peers/process.ts';
import { ProvisionDesk } from './provision-desk.ts';

const steps = [
  { name: 'time', title: 'Time' },
  { name: 'peers', title: 'PACS and other destinations' },
];

/** A desk over a commissioning that goes on when the test says so. */
function makeDesk() {
  const { path, remove } = temporaryFolder();
  onTestFinished(remove);
  const calls: Readonly<Record<string, string>>[] = [];
  const faults: unknown[] = [];
  let tell: (event: SessionEvent) => void = () => undefined;
  let settle: { end(): void; fail(error: Error): void } | undefined;
  const desk = new ProvisionDesk({
    dataFolder: path,
    files: disk,
    steps,
    commission: (waivers, say) => {
      calls.push({ ...waivers });
      tell = say;
      return new Promise((resolve, reject) => {
        settle = { end: resolve, fail: reject };
      });
    },
    failed: (error) => faults.push(error),
  });
  return {
    desk,
    path,
    calls,
    faults,
    tell: (event: SessionEvent) => tell(event),
    now: () => settle!,
  };
}

const states = (desk: ProvisionDesk) =>
  desk.view().steps.map(({ name, state }) => `${name} ${state}`);

it('shows every step, what a run has found of it so far, and begins no second one', () => {
  const { desk, calls, tell } = makeDesk();
  expect(states(desk)).toEqual(['time open', 'peers open']);
  desk.run();
  desk.run();
  expect(calls).toHaveLength(1);
  tell({ event: 'step-begun', step: 'time', title: 'Time' });
  const facts = { offsetMs: 3 };
  tell({
    event: 'check',
    step: 'time',
    check: { name: 'clock', title: 'Clock', state: 'pass', facts },
  });
  tell({ event: 'step-ended', step: 'time', title: 'Time', state: 'pass' });
  expect(states(desk)).toEqual(['time pass', 'peers open']);
  expect(desk.view().steps[0]!.checks[0]!.facts).toEqual([{ name: 'offsetMs', value: '3' }]);
  expect(desk.view().running).toBe('commissioning');
});

it('shows what is kept once a run has ended, and can begin the next with what was set aside', async () => {
  const { desk, path, calls, now } = makeDesk();
  desk.run();
  journalIn(path, disk).write({
    schema: 1,
    visit: '6f1f0f3e-8f0e-4a76-9a4f-0f3f0d2f7c11',
    startedAt: 0,
    answers: '',
    steps: [{ ...steps[1]!, state: 'fail', startedAt: 0, endedAt: 1, checks: [] }],
  });
  now().end();
  await expect.poll(() => desk.view().running).toBe(undefined);
  expect(states(desk)).toEqual(['time open', 'peers fail']);
  expect(desk.waive('peers', 'PACS comes in May', 'service-1')).toBe(true);
  expect(desk.view().steps[1]?.because).toBe('PACS comes in May (service-1)');
  expect(desk.waive('none', 'why', 'service-1')).toBe(false);
  desk.run();
  expect(calls[1]).toEqual({ peers: 'PACS comes in May (service-1)' });
});

it('tells of a run that could not be carried out, and can be asked again', async () => {
  const { desk, faults, calls, now } = makeDesk();
  desk.run();
  now().fail(new Error('disk'));
  await expect.poll(() => desk.view().running).toBe(undefined);
  expect(faults).toHaveLength(1);
  desk.run();
  expect(calls).toHaveLength(2);
});

it('has no report before there is one', () => {
  const { desk } = makeDesk();
  expect(desk.view().report).toBe(undefined);
  expect(desk.report('json')).toBe(undefined);
});
