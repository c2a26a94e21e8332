import { describe, expect, it } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { undoMs } from '../../panel/act.ts';
import type { Actor } from '../../panel/role.ts';
import type { ExamView } from '../../panel/source.ts';
import { exam } from '../../tests/panel-source.ts';
import type { StoredAct } from '../spool/act-ledger.ts';
import { type ExamAct, judgeAct } from './act-rules.ts';

const ada: Actor = { user: 'ada', role: 'radiologist', address: '10.0.0.7' };
const flagged: Extract<ExamView['outcome'], { state: 'flagged' }> = {
  state: 'flagged',
  labels: ['x'],
  missed: 0,
  withdrawn: false,
};
const now = 1_800_000_000_000;

function view(change: Partial<ExamView> = {}): ExamView {
  return exam({ outcome: flagged, outcomeId: 'o1', state: 'committed', ...change });
}

const acted = (change: Partial<StoredAct>): StoredAct => ({
  id: 'a1',
  studyUid: 'e1',
  kind: 'seen',
  user: 'ada',
  role: 'radiologist',
  at: now - 1000,
  outcomeId: 'o1',
  reason: '',
  note: '',
  target: '',
  reports: [],
  ...change,
});

const acts = {
  seen: { kind: 'seen', examId: 'e1', outcomeId: 'o1' },
  unseen: { kind: 'unseen', examId: 'e1' },
  agree: { kind: 'agree', examId: 'e1', outcomeId: 'o1' },
  disagree: { kind: 'disagree', examId: 'e1', outcomeId: 'o1', reason: 'artifact', note: '' },
  retract: { kind: 'retract', examId: 'e1', actId: 'a1' },
  withdraw: { kind: 'withdraw', examId: 'e1', outcomeId: 'o1', reason: 'artifact', note: '' },
  repeat: { kind: 'repeat-taken', examId: 'e1', outcomeId: 'o1' },
  raise: { kind: 'raise', examId: 'e1' },
} as const satisfies Record<string, ExamAct>;

interface Case {
  shown?: ExamView | undefined;
  earlier?: StoredAct[];
  reports?: string[];
}

function judge(act: ExamAct, { shown = view(), earlier = [], reports = ['2.25.1'] }: Case = {}) {
  return judgeAct(ada, act, { exam: shown, earlier, flaggedReports: reports, now });
}

function refused(act: ExamAct, around: Case = {}): string {
  try {
    judge(act, around);
  } catch (error) {
    if (error instanceof ScansideError) return `${error.code} ${error.message.split(': ').at(-1)}`;
    throw error;
  }
  return 'taken';
}

const disagreement = acted({ kind: 'disagree', reason: 'artifact' });
const quality = { state: 'not-analysed', reason: 'quality', detail: '' } as const;

describe('an act', () => {
  it.each<[string, ExamAct, Case, string]>([
    ['on an older outcome', { ...acts.seen, outcomeId: 'o0' }, {}, 'OUTCOME_CHANGED'],
    ['that takes back what was not seen', acts.unseen, {}, 'not seen'],
    [
      'of disagreement with nothing',
      acts.disagree,
      { shown: view({ outcome: { state: 'pending' } }) },
      'no result',
    ],
    ['of agreement with no flag', acts.agree, { shown: view({ outcome: quality }) }, 'no flag'],
    [
      'of agreement with a flag that was taken back',
      acts.agree,
      { shown: view({ outcome: { ...flagged, withdrawn: true } }) },
      'withdrawn',
    ],
    ['that retracts nothing', acts.retract, {}, 'no such'],
    [
      'that retracts another’s',
      acts.retract,
      { earlier: [{ ...disagreement, user: 'bob' }] },
      'no such',
    ],
    [
      'that retracts too late',
      acts.retract,
      { earlier: [{ ...disagreement, at: now - undoMs - 1 }] },
      'no longer',
    ],
    ['that withdraws no flag', acts.withdraw, { shown: view({ outcome: quality }) }, 'no flag'],
    [
      'that withdraws twice',
      acts.withdraw,
      { shown: view({ outcome: { ...flagged, withdrawn: true } }) },
      'already',
    ],
    ['that withdraws a flag in no report', acts.withdraw, { reports: [] }, 'not in a report'],
    ['of a repeat that nobody wanted', acts.repeat, {}, 'no repeat'],
    [
      'that raises what is STAT',
      acts.raise,
      { shown: view({ urgent: 'sent so' }) },
      'STAT already',
    ],
    [
      'that raises what is kept aside',
      acts.raise,
      { shown: view({ state: 'quarantined' }) },
      'no exam',
    ],
    ['with a long note', { ...acts.disagree, note: 'x'.repeat(201) }, {}, '200 characters'],
  ])('%s is refused', (_, act, around, why) => {
    expect(refused(act, around)).toContain(why);
  });

  it('on an exam that is not there is refused by its own name', () => {
    expect(() =>
      judgeAct(ada, acts.raise, { exam: undefined, earlier: [], flaggedReports: [], now }),
    ).toThrow('EXAM_UNKNOWN');
  });

  it.each<[string, ExamAct, StoredAct[], Partial<ExamView>]>([
    ['seen', acts.seen, [acted({})], {}],
    ['taken back', acts.unseen, [acted({ id: 'a0' }), acted({ kind: 'unseen' })], {}],
    ['disagreed', acts.disagree, [disagreement], {}],
    ['agreed', acts.agree, [disagreement, acted({ id: 'a2', kind: 'agree' })], {}],
    [
      'retracted',
      acts.retract,
      [disagreement, acted({ id: 'a1r', kind: 'retract', target: 'a1' })],
      {},
    ],
    ['repeated', acts.repeat, [acted({ kind: 'repeat-taken', user: 'bob' })], { outcome: quality }],
  ])('%s a second time says nothing new', (_, act, earlier, shown) => {
    const known = earlier.at(-1)!.id;
    expect(judge(act, { earlier, shown: view(shown) })).toEqual({ known });
  });

  it('is seen again after another outcome, or after it was taken back', () => {
    expect(judge(acts.seen, { earlier: [acted({ outcomeId: 'o0' })] })).toHaveProperty('act');
    const earlier = [acted({}), acted({ id: 'a2', kind: 'unseen' })];
    expect(judge(acts.seen, { earlier })).toHaveProperty('act');
  });

  it('of disagreement may be said again after it was retracted', () => {
    const earlier = [disagreement, acted({ id: 'r', kind: 'retract', target: 'a1' })];
    expect(judge(acts.disagree, { earlier })).toHaveProperty('act');
  });

  it('keeps a note without control characters, and names the reports of a flag', () => {
    const note = '\u0007tube\r\nin place\u202e ';
    expect(judge({ ...acts.withdraw, note })).toMatchObject({
      act: { note: 'tube in place', reports: ['2.25.1'], user: 'ada', role: 'radiologist' },
    });
  });
});
