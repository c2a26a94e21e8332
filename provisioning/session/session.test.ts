import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../device/manual-clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { fail, pass, type Verdict } from '../checks/verdict.ts';
import type { Journal } from './journal.ts';
import { runSession, type SessionOptions, type Step } from './session.ts';

const broken = fail('PEER_PORT_CLOSED', 'pacs:104');

/** Three steps, of which the last needs the first; `answers` are taken in turn by the checks of the first. */
function setUp(...answers: Verdict[]) {
  const ran: string[] = [];
  const step = (name: string, needs: string[], answer: () => Verdict): Step => ({
    name,
    title: name,
    needs,
    chains: () => [
      [
        {
          name: 'check',
          title: 'check',
          run: () => {
            ran.push(name);
            return Promise.resolve(answer());
          },
        },
      ],
    ],
  });
  const disk: { journal?: Journal } = {};
  const options: SessionOptions = {
    steps: [
      step('one', [], () => answers.shift() ?? pass()),
      step('two', [], () => pass()),
      step('three', ['one'], () => pass()),
    ],
    journal: { read: () => disk.journal, write: (journal) => void (disk.journal = journal) },
    answers: 'a',
    waivers: {},
    clock: new ManualClock(),
    tell: () => {},
  };
  return { ran, disk, options };
}

const states = ({ steps }: Journal) => steps.map(({ name, state }) => `${name} ${state}`);

describe('a session', () => {
  it('does every step once, and nothing when it is called again', async () => {
    const { ran, options } = setUp();
    const first = await runSession(options);
    expect(states(first)).toEqual(['one pass', 'two pass', 'three pass']);
    expect(await runSession(options)).toEqual(first);
    expect(ran).toEqual(['one', 'two', 'three']);
  });

  it('goes on behind a failure, skips what needs it, and takes up both when it is called again', async () => {
    const { ran, options } = setUp(broken);
    expect(states(await runSession(options))).toEqual(['one fail', 'two pass', 'three skipped']);
    const again = await runSession(options);
    expect(states(again)).toEqual(['one pass', 'two pass', 'three pass']);
    expect(ran).toEqual(['one', 'two', 'one', 'three']);
  });

  it('takes a waiver with its reason, and then what needs the step is tried', async () => {
    const { options } = setUp(broken);
    const journal = await runSession({ ...options, waivers: { one: 'agreed with Dr. B.' } });
    expect(states(journal)).toEqual(['one waived', 'two pass', 'three pass']);
    expect(journal.steps[0]).toMatchObject({ because: 'agreed with Dr. B.', state: 'waived' });
  });

  it('does not wait for a person where that is waived', async () => {
    const { ran, options } = setUp();
    const steps = options.steps.map((step) => ({ ...step, waits: true as const }));
    const journal = await runSession({ ...options, steps, waivers: { two: 'no scanner yet' } });
    expect(ran).toEqual(['one', 'three']);
    expect(states(journal)).toContain('two waived');
  });

  it('begins again with a step, or with all when the answers have changed, as the same visit', async () => {
    const { ran, options } = setUp();
    const { visit } = await runSession(options);
    await runSession({ ...options, from: 'two' });
    expect(ran).toEqual(['one', 'two', 'three', 'two', 'three']);
    expect((await runSession({ ...options, answers: 'b' })).visit).toBe(visit);
    expect(ran).toHaveLength(8);
  });

  it('says on the disk that a step has begun before it acts', async () => {
    const { disk, options } = setUp();
    const seen: (string | undefined)[] = [];
    const steps = options.steps.map((step) => ({
      ...step,
      around: (work: () => Promise<void>) => {
        seen.push(disk.journal?.begun);
        return work();
      },
    }));
    await runSession({ ...options, steps });
    expect(seen).toEqual(['one', 'two', 'three']);
  });

  it('makes a failure of what a step itself cannot do, and lets a defect through', async () => {
    const { options } = setUp();
    const failing = (error: Error) => {
      const around = async () => {
        throw error;
      };
      return { ...options, steps: options.steps.map((step) => ({ ...step, around })) };
    };
    const journal = await runSession(failing(new ScansideError('PORT_IN_USE', '11112')));
    expect(journal.steps[0]?.checks[0]).toMatchObject({ state: 'fail', code: 'PORT_IN_USE' });
    await expect(runSession(failing(new TypeError('x')))).rejects.toThrow(TypeError);
  });

  it('refuses the name of a step that there is not', async () => {
    const { options } = setUp();
    await expect(runSession({ ...options, from: 'four' })).rejects.toThrow(
      /STEP_UNKNOWN.*one, two/,
    );
  });
});
