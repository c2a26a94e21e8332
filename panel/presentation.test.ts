import { describe, expect, it } from 'vitest';
import { exam } from '../tests/panel-source.ts';
import type { ExamDetail } from './exam-detail.ts';
import { shownImages } from './exam-detail.ts';
import type { Audience } from './presentation.ts';
import {
  audiences,
  mayHaveAid,
  mayHaveHeatmap,
  presentDetail,
  presentExam,
  toldAt,
  withheld,
} from './presentation.ts';
import type { ExamOutcome, ExamView, PresentationProfile } from './source.ts';

const profiles: (PresentationProfile | undefined)[] = [
  'triage-notify',
  'concurrent-aid',
  'research',
  undefined,
];
const now = 1_800_000_100_000;
const flag: ExamOutcome = {
  state: 'flagged',
  labels: ['suspected x'],
  missed: 0,
  withdrawn: false,
};
const noFlag: ExamOutcome = { state: 'no-flag', findingsChecked: 1 };
const view = (audience: Audience, noticeDelayMs = 0) => ({ audience, now, noticeDelayMs });

function decided(change: Partial<ExamView> = {}): ExamView {
  return exam({
    outcome: flag,
    outcomeId: 'o1',
    resultAt: now - 5000,
    state: 'reported',
    delivery: 'sending',
    profile: 'triage-notify',
    late: true,
    ...change,
  });
}

function detail(change: Partial<ExamView> = {}): ExamDetail {
  const reacted = { ...imageNamed('key'), number: 9 };
  return {
    exam: decided(change),
    timeline: [
      { step: 'first-image', at: 1 },
      { step: 'result', at: 2 },
    ],
    images: [imageNamed('middle')],
    previews: 'ready',
    aid: {
      findings: [{ id: 'x', label: 'suspected x', tier: 'high' }],
      keyImage: 'key',
      heatmaps: [{ imageId: 'key', finding: 'x' }],
      statement: '',
      images: [reacted],
    },
    acts: [{ id: 'a', kind: 'disagree', user: 'u', at: 1, reason: 'not-seen', note: '' }],
  };
}

function imageNamed(id: string): ExamDetail['images'][number] {
  const size = { rows: 1, columns: 1, signed: false, slope: 1, intercept: 0, inverted: false };
  return { id, number: 1, ...size, windows: [], aspect: 1, etag: id };
}

/** Who may have tiers, places and the slices around them: nobody else, in any profile. */
const cleared = [
  'concurrent-aid radiologist',
  'research technologist',
  'research radiologist',
  'research administrator',
];

describe('aid', () => {
  const all = profiles.flatMap((profile) => audiences.map((audience) => ({ profile, audience })));

  it.each(all)('of $profile goes to $audience only as the table says', ({ profile, audience }) => {
    const may = cleared.includes(`${profile} ${audience}`);
    expect(mayHaveAid(profile, audience)).toBe(may);
    const shown = presentDetail(detail({ profile, deliveredAt: now - 1 }), view(audience));
    expect(shown.aid !== undefined).toBe(may);
    expect(shownImages(shown).map(({ id }) => id)).toEqual(
      may ? ['key'] : audience === 'service' ? [] : ['middle'],
    );
  });

  it.each([
    ['pending', { state: 'pending' }],
    ['no flag', noFlag],
    ['not analysed', { state: 'not-analysed', reason: 'quality', detail: '' }],
    ['a withdrawn flag', { ...flag, withdrawn: true }],
  ] as [string, ExamOutcome][])('never stands beside %s', (_, outcome) => {
    for (const { profile, audience } of all) {
      const shown = presentDetail(detail({ profile, outcome, deliveredAt: 1 }), view(audience));
      expect(shown.aid).toBeUndefined();
    }
  });

  it('names every heatmap that may be asked for', () => {
    const { aid } = detail();
    expect(mayHaveHeatmap(aid, 'key', 'x')).toBe(true);
    expect(mayHaveHeatmap(aid, 'middle', 'x')).toBe(false);
    expect(mayHaveHeatmap(aid, 'key', 'y')).toBe(false);
    expect(mayHaveHeatmap(undefined, 'key', 'x')).toBe(false);
  });
});

describe('when a flag is told', () => {
  const waits: [Audience, PresentationProfile | undefined, number][] = [
    ['technologist', 'triage-notify', Infinity],
    ['service', 'triage-notify', Infinity],
    ['technologist', undefined, Infinity],
    ['radiologist', 'triage-notify', 0],
    ['administrator', 'triage-notify', 0],
    ['technologist', 'concurrent-aid', 0],
    ['technologist', 'research', 0],
  ];
  it.each(waits)('to a %s under %s', (audience, profile, at) => {
    expect(toldAt(decided({ profile }), view(audience))).toBe(at);
    expect(toldAt(decided({ profile, outcome: noFlag }), view(audience))).toBe(at);
  });

  it('after the PACS has it and the notice delay, to the millisecond', () => {
    const at = (deliveredAt: number) =>
      presentExam(decided({ deliveredAt }), view('technologist', 900)).outcome.state;
    expect(at(now - 900)).toBe('flagged');
    expect(at(now - 899)).toBe('pending');
  });

  it('without a PACS after the result', () => {
    for (const delivery of ['on-device', 'no-pacs'] as const) {
      const shown = (noticeDelayMs: number) =>
        presentExam(decided({ delivery }), view('technologist', noticeDelayMs)).outcome.state;
      expect([shown(5000), shown(5001)]).toEqual(['flagged', 'pending']);
    }
  });

  it('not to be told from no flag before', () => {
    const shown = [flag, noFlag].map((outcome) => {
      const outcomeId = outcome === flag ? 'o1' : 'o2';
      return presentDetail(detail({ outcome, outcomeId }), view('technologist'));
    });
    expect(shown[0]).toEqual(shown[1]);
    expect(shown[0]).toMatchObject({
      exam: { outcome: { state: 'pending' }, outcomeId: withheld, resultAt: undefined },
      acts: [],
      timeline: [{ step: 'first-image' }],
    });
  });

  it('while a missing analysis is told at once', () => {
    const outcome = { state: 'not-analysed', reason: 'quality', detail: '' } as const;
    expect(presentExam(decided({ outcome }), view('technologist')).outcome).toEqual(outcome);
  });
});

describe('the service', () => {
  it('sees no name, no picture and no note', () => {
    const shown = presentDetail(detail({ deliveredAt: 1 }), view('service'));
    expect(shown).toMatchObject({ images: [], previews: 'none', acts: [], aid: undefined });
    expect(JSON.stringify(shown)).not.toMatch(/Ada|P-1001|19610203|A4412/);
  });
});
