import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import type {
  AuditExam,
  FigureView,
  FindingQuality,
  ModelQuality,
  QualityView as Quality,
  StreamQuality,
} from '../../quality-view.ts';
import { BarChart, type ChartPoint, ShareChart } from './quality-chart.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import type { Say } from '../say.ts';
import { useSay } from '../say.ts';
import { ModelActs } from './quality-acts.ts';

export interface QualityPage {
  quality: Quality;
}

/** How good AI is here: what was counted, with how sure it is, and never more. */
export function QualityView({ quality }: QualityPage): JSX.Element {
  const say = useSay();
  const mayRead = useLive().shell.user?.permissions.includes('read-exams');
  const { models, disagreements, audits } = quality;
  return h(
    'section',
    { class: 'quality-page' },
    h('h2', {}, say('quality.title')),
    h('p', {}, say('quality.opinions')),
    models
      ? models.map((model) => h(Model, { key: model.name, model }))
      : h('p', { class: 'quality-state' }, say('quality.unreadable')),
    models?.length === 0 && h('p', { class: 'quality-state' }, say('quality.no-model')),
    h('h3', {}, say('quality.audit')),
    h('p', {}, say.count('quality.waiting', audits.waiting)),
    audits.listed.length > 0 && h(Audits, { exams: audits.listed }),
    mayRead && h('a', { class: 'button', href: '/reading' }, say('quality.to-reading')),
    h('p', {}, say.count('quality.disagreed', disagreements)),
    h('a', { class: 'button', href: '/models' }, say('quality.to-models')),
  );
}

function Model({ model }: { model: ModelQuality }): JSX.Element {
  const say = useSay();
  const { name, version, state, since, moves, findings, streams } = model;
  return h(
    'article',
    { class: 'model' },
    h('h3', {}, visible(`${name} ${version}`)),
    h(
      'p',
      { class: `trust ${state}` },
      h('b', {}, say(`quality.state.${state}`)),
      ` ${say('quality.since', { at: say.day(since) })}`,
    ),
    h(ModelActs, { model }),
    findings.map((finding) => h(Finding, { key: finding.label, finding })),
    h('h4', {}, say('quality.input')),
    streams.length === 0 && h('p', {}, say('quality.no-exam')),
    streams.map((stream) => h(Stream, { key: `${stream.scanner} ${stream.modality}`, stream })),
    moves.length > 0 && h(Moves, { moves }),
  );
}

function Finding({ finding }: { finding: FindingQuality }): JSX.Element {
  const say = useSay();
  const { label, months, spread, tiers, misses } = finding;
  const rows = (['sensitivity', 'specificity', 'right', 'area'] as const).map((id) => [
    say(`quality.${id}`),
    figure(finding[id], say),
  ]);
  const { analysed, flagged, known } = finding;
  const numbers = {
    analysed: say.number(analysed),
    flagged: say.number(flagged),
    known: say.number(known),
  };
  return h(
    'section',
    { class: 'finding' },
    h('h4', {}, visible(label)),
    h('p', {}, say('quality.counts', numbers)),
    h('p', { class: `misses ${misses}` }, say(`quality.misses.${misses}`)),
    h(Table, { head: [say('quality.figure'), say('quality.of-hundred')], rows }),
    months.length > 0 && h(Months, { finding }),
    spread.length > 0 && h(Spread, { spread }),
    tiers.length > 0 &&
      h(Table, {
        head: [say('quality.tier'), say('quality.exams')],
        rows: tiers.map(({ name, count }) => [say.code('quality.tier', name), say.number(count)]),
      }),
  );
}

function Months({ finding: { months } }: { finding: FindingQuality }): JSX.Element {
  const say = useSay();
  const shown = (['sensitivity', 'specificity', 'area'] as const).map((id) => ({
    id,
    title: say(`quality.${id}`),
  }));
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'charts' },
      shown.map(({ id, title }) =>
        h(
          'figure',
          { key: id },
          h('figcaption', {}, title),
          h(ShareChart, { title, points: months.map((month) => point(month[id])) }),
        ),
      ),
    ),
    h(Table, {
      head: [
        say('quality.month'),
        say('quality.exams'),
        say('quality.flags'),
        ...shown.map(({ title }) => title),
      ],
      rows: months.map((month) => [
        month.month,
        say.number(month.analysed),
        say.number(month.flagged),
        ...shown.map(({ id }) => figure(month[id], say)),
      ]),
    }),
  );
}

function Spread({ spread }: { spread: number[] }): JSX.Element {
  const say = useSay();
  const title = say('quality.spread');
  return h(
    'div',
    {},
    h('figure', {}, h('figcaption', {}, title), h(BarChart, { title, series: [spread] })),
    h(Table, {
      head: [say('quality.part'), say('quality.exams')],
      rows: spread.map((count, at) => [
        `${say.number(at + 1)} / ${say.number(spread.length)}`,
        say.number(count),
      ]),
    }),
  );
}

function Stream({ stream }: { stream: StreamQuality }): JSX.Element {
  const say = useSay();
  const { scanner, modality, exams, level, otherPopulation, flags, signals } = stream;
  return h(
    'section',
    { class: 'stream' },
    h('h5', {}, visible(`${scanner} ${modality}`.trim())),
    h(
      'p',
      { class: `input ${otherPopulation ? 'alarm' : level}` },
      say(otherPopulation ? 'quality.other-population' : `quality.input.${level}`, {
        n: say.number(exams),
      }),
    ),
    flags && h('p', {}, say(`quality.flags.${flags}`)),
    signals.length > 0 && [
      h(
        'div',
        { key: 'charts', class: 'charts small' },
        signals.map(({ signal, before, now }) =>
          h(
            'figure',
            { key: signal },
            h('figcaption', {}, say.code('quality.signal', signal)),
            h(BarChart, { title: say.code('quality.signal', signal), series: [before, now] }),
          ),
        ),
      ),
      h(Table, {
        key: 'table',
        head: [say('quality.counted'), say('quality.change')],
        rows: signals.map((signal) => [
          say.code('quality.signal', signal.signal),
          say(`quality.change.${signal.level}`),
        ]),
      }),
    ],
  );
}

function Moves({ moves }: Pick<ModelQuality, 'moves'>): JSX.Element {
  const say = useSay();
  return h(
    'div',
    {},
    h('h4', {}, say('quality.moves')),
    h(Table, {
      head: [say('quality.when'), say('quality.to'), say('quality.because'), say('quality.by')],
      rows: moves.map(({ at, to, event, by }) => [
        say.day(at),
        say(`quality.state.${to}`),
        say.code('quality.event', event),
        say.code('quality.by', by),
      ]),
    }),
  );
}

function Audits({ exams }: { exams: AuditExam[] }): JSX.Element {
  const say = useSay();
  const masked = useLive().masked.value;
  const hidden = (text: string) => (masked ? '•••' : visible(text) || '—');
  return h(Table, {
    head: [say('list.accession'), say('list.id'), say('quality.when')],
    rows: exams.map(({ accessionNumber, patientId, receivedAt }) => [
      hidden(accessionNumber),
      hidden(patientId),
      say.day(receivedAt),
    ]),
  });
}

function Table({ head, rows }: { head: string[]; rows: ComponentChildren[][] }): JSX.Element {
  return h(
    'div',
    { class: 'table', tabIndex: 0 },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((text) => h('th', { key: text, scope: 'col' }, text)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((cells, row) =>
          h(
            'tr',
            { key: row },
            cells.map((cell, at) => h('td', { key: at }, h('bdi', {}, cell))),
          ),
        ),
      ),
    ),
  );
}

function point(view: FigureView): ChartPoint {
  return 'value' in view ? view : undefined;
}

/** A share as so many of a hundred, with its limits and on how many exams it rests; never a number of nothing. */
function figure(view: FigureView, say: Say): string {
  if (!('value' in view)) return say.count('quality.not-estimable', view.n);
  const { value, low, high, n, few } = view;
  const of = (share: number) => say.number(100 * share);
  const text = say('quality.between', {
    n: of(value),
    low: of(low),
    high: of(high),
    of: say.number(n),
  });
  return few ? `${text} ${say('quality.few')}` : text;
}
