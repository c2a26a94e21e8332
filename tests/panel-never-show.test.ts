import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readAct } from '../panel/act-form.ts';
import { roles } from '../panel/role.ts';
import { languages } from '../panel/settings.ts';
import type { ExamView, PresentationProfile } from '../panel/source.ts';
import {
  createExamPort,
  newestDetail,
  putDetail as putNewer,
} from '../panel/view/exam/exam-port.ts';
import { createLive, putExam } from '../panel/view/live.ts';
import type { Live } from '../panel/view/live.ts';
import type { PageState } from '../panel/view/state.ts';
import { startAskedPanel } from './panel-asked.ts';
import { opacityFlag, putChest, putDetail } from './panel-exams.ts';
import {
  adviceIn,
  certaintyIn,
  diagnosisIn,
  heatmapIn,
  noneIn,
  promiseIn,
  rankingIn,
  soundIn,
  textIn,
  wholesaleIn,
} from './panel-never-show.ts';
import { everyRow } from './panel-rows.ts';
import { device, exam, SampleSource } from './panel-source.ts';

/** Stands for what must not leave. */
const canary = 'CANARY';
const { clock, source, visitors, get, html, words, close } = await startAskedPanel();

afterAll(close);

beforeEach(() => {
  source.list = everyRow();
  source.details.clear();
  source.pictures.clear();
  source.state = device();
});

const say = (language: string) => ({ headers: { 'accept-language': language } });

const flagged = (change: Partial<ExamView> = {}) =>
  exam({ id: 'e1', outcome: opacityFlag, outcomeId: 'e1-1', state: 'committed', ...change });

describe('N1: no promise, tick or green on an outcome', () => {
  it('is kept in the list of every outcome, in every language', async () => {
    for (const language of languages)
      expect(promiseIn(language)(await words('/', 'technologist', say(language)))).toBeUndefined();
  });

  it.each([
    ['en', 'No flag: normal'],
    ['en', 'All clear ✓'],
    ['de', 'Unauffällig'],
    ['es', 'Neumotórax descartado'],
    ['ja', '異常なし'],
  ] as const)('would notice in %s: %s', async (language, bad) => {
    expect(promiseIn(language)(bad)).toBeDefined();
    source.list = [exam({ description: bad })];
    expect(promiseIn(language)(await words('/', 'technologist', say(language)))).toBeDefined();
  });
});

describe('N2: no raw certainty', () => {
  const scored = () => {
    const view = { ...flagged(), score: 0.973, probability: 0.973 };
    Object.assign(view.outcome, { score: 0.973 });
    return view;
  };

  it.each(roles)('is kept before a %s whatever a source carries', async (role) => {
    source.list = [scored()];
    putDetail(source, { ...putChest(source), exam: scored() });
    for (const path of ['/', '/exams/e1', '/api/exams', '/api/exams/e1']) {
      const body = await html(path, role);
      expect(textIn('0.973', '97.3')(body), path).toBeUndefined();
    }
    for (const path of ['/', '/exams/e1'])
      expect(
        certaintyIn((await words(path, role)).replace(/Disk free.*/, '')),
        path,
      ).toBeUndefined();
  });

  it('would notice a label that brings its own', async () => {
    source.list = [flagged({ outcome: { ...opacityFlag, labels: ['opacity 97 %'] } })];
    expect(certaintyIn(await words('/'))).toBe('7 %');
  });
});

describe('N3: no heatmap without a flag or unasked', () => {
  const heatmap = '/heatmaps/dx/dx-1/opacity';

  it.each<[string, Partial<ExamView>]>([
    ['of an exam without a flag', { outcome: { state: 'no-flag', findingsChecked: 3 } }],
    ['of a flag that was taken back', { outcome: { ...opacityFlag, withdrawn: true } }],
    ['under triage-notify', { profile: 'triage-notify' }],
    [
      'of an exam that was not analysed',
      { outcome: { state: 'not-analysed', reason: 'quality', detail: '' } },
    ],
  ])('leaves none %s', async (_, change) => {
    putChest(source, { exam: change });
    for (const role of roles) expect((await get(heatmap, role)).status, role).toBe(404);
  });

  it('has none in the list and none in a page before it is asked for', async () => {
    putChest(source);
    for (const path of ['/', '/?show=look', '/exams/dx'])
      expect(heatmapIn(await html(path)), path).toBeUndefined();
  });

  it('would notice one', async () => {
    putChest(source);
    expect((await get(heatmap)).status).toBe(200);
    expect(heatmapIn(`<img src="${heatmap}">`)).toBe(`${heatmap}">`);
  });
});

describe('N4: a flag is a suspicion', () => {
  it('says so whatever a model calls its finding', async () => {
    source.list = [flagged({ outcome: { ...opacityFlag, labels: ['pneumothorax'] } })];
    expect(await words('/')).toContain('FLAGGED: suspected pneumothorax');
    source.list = [flagged({ outcome: { ...opacityFlag, labels: [] } })];
    expect(await words('/')).toContain('FLAGGED for review');
  });

  it('would notice a label that tells a fact', async () => {
    source.list = [flagged({ outcome: { ...opacityFlag, labels: ['pneumothorax confirmed'] } })];
    expect(diagnosisIn('en')(await words('/'))).toBe('confirmed');
  });
});

describe('N5: no advice for a patient', () => {
  it('is kept in the list and on the page of an exam', async () => {
    putChest(source);
    for (const path of ['/', '/exams/dx'])
      expect(adviceIn('en')(await words(path)), path).toBeUndefined();
  });

  it('would notice a label that gives some', async () => {
    source.list = [
      flagged({ outcome: { ...opacityFlag, labels: ['pneumothorax, drain at once'] } }),
    ];
    expect(adviceIn('en')(await words('/'))).toBe('drain');
  });
});

describe('N6: no result of another exam than the header’s', () => {
  const foreign = { id: 'other', patientName: `${canary}^Other` };

  it('refuses what a source answers for another exam, and its pictures', async () => {
    const other = putChest(new SampleSource(), { exam: foreign });
    source.details.set('dx', other);
    for (const path of [
      '/exams/dx',
      '/api/exams/dx',
      '/previews/dx/dx-1',
      '/heatmaps/dx/dx-1/opacity',
    ]) {
      const answer = await get(path);
      expect([answer.status, textIn(canary)(await answer.text())], path).toEqual([404, undefined]);
    }
  });

  it('says that images of two patients were not analysed', async () => {
    const reason = 'patient-mismatch';
    source.list = [exam({ outcome: { state: 'not-analysed', reason, detail: '' } })];
    expect(await words('/')).toContain(
      'NOT ANALYSED: The images of this exam name different patients',
    );
  });

  it('would notice one', async () => {
    putChest(source, { exam: foreign });
    expect(textIn(canary)(await words('/exams/other'))).toBe(canary);
  });
});

describe('N7: no “0 flags” that would read as an answer', () => {
  it.each([
    ['exams wait', { queue: 3 }, '3 exams wait for AI.'],
    [
      'AI is paused',
      { pause: { paused: true, since: 1, user: 'a', reason: 'other', remindAt: 2 } },
      'AI is paused',
    ],
    ['nothing waits', { queue: 0 }, 'No exam listed here so far.'],
  ] as const)('says why the list is empty while %s', async (_, change, why) => {
    source.list = [];
    source.state = device(change);
    const shown = await words('/?show=look');
    expect(shown).toContain(why);
    expect(noneIn(shown)).toBeUndefined();
  });

  it.each(['0 flags', 'No flags', 'To look at 0', 'Keine Markierungen'])(
    'would notice: %s',
    (bad) => expect(noneIn(bad)).toBeDefined(),
  );
});

describe('N8: nothing of an older result beside a newer one', () => {
  const detail = () => putChest(new SampleSource());

  it('drops what helped to read the old result', () => {
    const old = detail();
    const told = { ...old.exam, version: old.exam.version + 1, outcomeId: 'dx-2' };
    expect(newestDetail(old, told).aid).toBeUndefined();
  });

  it('would notice it: the same result keeps its own', () => {
    const old = detail();
    const told = { ...old.exam, version: old.exam.version + 1 };
    expect(newestDetail(old, told).aid).toBe(old.aid);
  });
});

describe('N9: nothing of a candidate model', () => {
  const shadow = { model: canary, outcome: { state: 'flagged', labels: [canary] }, score: canary };
  const paths = ['/', '/exams/dx', '/api/exams', '/api/exams/dx', '/device', '/models'];

  async function putShadow(change: Partial<ExamView> = {}): Promise<string[]> {
    const chest = putChest(source, { exam: change });
    const carried = { ...chest.exam, shadow, candidate: shadow };
    Object.assign(carried.outcome, { shadow });
    putDetail(source, Object.assign({ ...chest, exam: carried }, { shadow, candidates: [shadow] }));
    Object.assign(source.state, { shadow });
    const found = [];
    for (const role of roles)
      for (const path of paths) if (textIn(canary)(await html(path, role))) found.push(path);
    return found;
  }

  it.each<PresentationProfile>(['triage-notify', 'concurrent-aid', 'research'])(
    'leaves the server under %s, whatever a source carries',
    async (profile) => {
      expect(await putShadow({ profile })).toEqual([]);
      await expect(nextEvent()).resolves.not.toContain(canary);
    },
  );

  it('would notice it where it stands in what is shown', async () => {
    expect(await putShadow({ description: canary })).toContain('/api/exams');
    expect(await nextEvent()).toContain(canary);
  });
});

/** What the stream tells when the exam changes. */
async function nextEvent(): Promise<string> {
  const answer = await get('/api/events', 'radiologist', {
    headers: { accept: 'text/event-stream' },
  });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const changed = source.list.find(({ id }) => id === 'dx')!;
  source.put({ ...changed, version: changed.version + 1 });
  let text = '';
  while (!text.includes('event: exam')) {
    clock.advance(100);
    text += (await reader.read()).value ?? '';
  }
  await reader.cancel();
  return text;
}

describe('N10: no full identity on a screen that nobody looks at', () => {
  const person = {
    patientName: 'Hopper^Grace',
    patientId: 'P-123456',
    birthDate: '19061209',
    accessionNumber: 'ACC-9876',
  };
  const identity = textIn('Hopper', 'Grace', 'P-123456', '1906-12-09', 'ACC-9876');
  const masked = () => ({
    headers: { cookie: `${visitors.get('radiologist')!.cookie}; scanside-masked=1` },
  });

  it('shows initials and ends', async () => {
    putChest(source, { exam: person });
    for (const path of ['/', '/exams/dx']) {
      const shown = await words(path, 'radiologist', masked());
      expect(identity(shown), path).toBeUndefined();
      expect(shown).toContain('H***, G***');
      expect(shown).toContain('…3456');
    }
  });

  it('would notice it', async () => {
    putChest(source, { exam: person });
    expect(identity(await words('/'))).toBe('Hopper');
  });
});

describe('N11: nothing says of many exams at once that they were seen', () => {
  it('has a button for each exam only, and takes no other act', async () => {
    for (const path of ['/', '/?show=look', '/?show=not-analysed'])
      expect(wholesaleIn(await html(path)), path).toBeUndefined();
    for (const examId of [['a', 'b'], '', undefined])
      expect(readAct({ kind: 'seen', examId, outcomeId: 'x' })).toBeUndefined();
    const before = source.acts.length;
    for (const path of [
      '/api/exams/seen',
      '/api/exams/*/seen',
      '/api/seen',
      '/api/exams/flagged,quality/seen',
    ])
      expect(
        (await visitors.get('radiologist')!.post(path, { outcomeId: '' })).status,
        path,
      ).not.toBe(200);
    expect(source.acts.length).toBe(before);
  });

  it('would notice a button over the list', async () => {
    const button = '<button type="button" data-act="seen">All seen</button>';
    expect(wholesaleIn((await html('/')).replace('<ol ', `${button}<ol `))).toContain(
      'data-act="seen"',
    );
  });
});

describe('N12: no sound', () => {
  const folder = join(import.meta.dirname, '..', 'panel', 'assets');
  const files = () => readdirSync(folder).filter((name) => /\.(js|css)$/.test(name));

  it('is in none of the panel’s programs and pages', async () => {
    expect(files().length).toBeGreaterThan(2);
    for (const name of files())
      expect(soundIn(readFileSync(join(folder, name), 'utf8')), name).toBeUndefined();
    expect(soundIn(await html('/'))).toBeUndefined();
    expect((await get('/')).headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each(['new AudioContext()', '<audio autoplay src=x>', 'new Audio("beep.mp3").play()'])(
    'would notice %s',
    (bad) => expect(soundIn(bad)).toBeDefined(),
  );
});

describe('N13: nobody is ranked', () => {
  const people = ['mta-3', 'mta-7'];
  const ranking = rankingIn(people);

  it('counts on no page who said what how often', async () => {
    const at = source.state.now;
    const act = (id: number, user: string) =>
      ({ id: String(id), kind: 'disagree', user, at, reason: 'artifact', note: '' }) as const;
    const acts = [act(1, 'mta-3'), act(2, 'mta-3'), act(3, 'mta-7')];
    putChest(source, { detail: { acts } });
    for (const path of ['/', '/quality', '/device', '/models', '/about'])
      expect(textIn(...people)(await html(path, 'administrator')), path).toBeUndefined();
  });

  it('would notice a table of people', () =>
    expect(ranking('Disagreed this month\nmta-3 12 of 40')).toBe('mta-3 12 of 40'));
});

describe('N14: an older result never replaces a newer one', () => {
  const newer = flagged({ version: 7 });
  const older = exam({ id: 'e1', version: 6, outcome: { state: 'no-flag', findingsChecked: 1 } });

  /** What a page shows of two versions that come in the wrong order, if it takes them over in this way. */
  function shownAfter(take: (live: Live, view: ExamView) => void): unknown {
    const state = {
      shell: {},
      page: { name: 'list', show: 'all' },
      now: 0,
      device: device(),
      exams: [],
      seen: {},
    };
    const live = createLive(state as unknown as PageState, () =>
      Promise.reject(new Error('not here')),
    );
    for (const view of [newer, older]) take(live, view);
    return live.exams.value.get('e1')?.outcome.state;
  }

  it('is kept in the list and on the page of an exam', () => {
    expect(shownAfter(putExam)).toBe('flagged');
    const chest = putChest(new SampleSource(), { exam: { version: 7 } });
    const port = createExamPort({ id: 'dx', detail: chest });
    putNewer(port, { detail: { ...chest, exam: { ...older, id: 'dx' } } });
    expect(port.detail.value?.exam.outcome.state).toBe('flagged');
    expect(newestDetail(chest, { ...older, id: 'dx' }).exam.version).toBe(7);
  });

  it('would notice a page that takes what comes', () => {
    const naive = (live: Live, view: ExamView) => {
      live.exams.value = new Map(live.exams.value).set(view.id, view);
    };
    expect(shownAfter(naive)).toBe('no-flag');
  });
});
