import type { Bundle } from '../../models/bundle.ts';
import type { Finding } from '../../models/manifest.ts';
import type {
  FigureView,
  FindingQuality,
  ModelQuality,
  MonthView,
  QualityView,
  SignalQuality,
  StreamQuality,
} from '../../panel/quality-view.ts';
import { countOpinions } from '../../quality/opinion.ts';
import { addBlocks } from '../../quality/exam-block.ts';
import { type Figure, isKnown } from '../../quality/figure.ts';
import { countValues } from '../../quality/histogram.ts';
import type { JudgedExam } from '../../quality/judged-exam.ts';
import { measurePerformance, type Performance } from '../../quality/performance.ts';
import { isScore } from '../../quality/signal.ts';
import { measureStrata } from '../../quality/stratum.ts';
import type { Trust } from '../../quality/trust.ts';
import type { StudyLedger } from '../spool/study-ledger.ts';
import type { ModelWatch, WatchedStream } from './model-watch.ts';
import { judgedExams } from './quality-report.ts';
import type { QualityStore } from './quality-store.ts';

/** How far back the page goes. */
const reachMs = 365 * 24 * 3600_000;
const mostMoves = 10;
const mostListed = 20;
const mostWaiting = 100_000;
const spreadBins = { kind: 'number', low: 0, high: 1, count: 20 } as const;

/** One model and how it stands. */
export interface ViewedModel {
  bundle: Bundle;
  watch: ModelWatch;
  trust: Trust;
}

/** What the page on quality shows; `now` is wall time. Reads a year of exams: not for every look. */
export function viewQuality(
  store: QualityStore,
  models: readonly ViewedModel[],
  studies: Pick<StudyLedger, 'study'>,
  now: number,
): QualityView {
  const drawn = store.audit.waiting(mostWaiting);
  const here = drawn.filter(({ studyUid }) => studyUid !== '').map(({ studyUid }) => studyUid);
  const listed = [...new Set(here)].slice(0, mostListed).flatMap((studyUid) => {
    const study = studies.study(studyUid);
    if (!study) return [];
    const { accessionNumber, patientId } = study.identity;
    return [{ accessionNumber, patientId, receivedAt: study.firstReceivedAt }];
  });
  return {
    models: models.map((model) => viewModel(store, model, now)),
    disagreements: countOpinions(store.opinions.all()).disagree,
    audits: { waiting: drawn.length, listed },
  };
}

function viewModel(
  store: QualityStore,
  { bundle, watch, trust }: ViewedModel,
  now: number,
): ModelQuality {
  const { identity, findings, presentation } = bundle.manifest;
  const mayTell = presentation !== 'triage-notify';
  return {
    name: identity.name,
    version: identity.version,
    state: trust.state,
    since: trust.since,
    moves: store.trust
      .moves(identity.name, mostMoves)
      .map(({ at, isNow: to, event, mover: by }) => ({ at, to, event, by })),
    findings: findings.map((finding) => {
      const question = { model: identity.name, finding: finding.id };
      const exams = judgedExams(store, question, { from: now - reachMs, to: now + 1 });
      const watched = watch.findings.find((each) => each.finding === finding.id);
      return viewFinding(finding, exams, watched?.verdict.level ?? 'quiet', mayTell);
    }),
    streams: watch.streams().map((stream) => viewStream(store, stream, mayTell ? findings : [])),
  };
}

function viewFinding(
  finding: Finding,
  exams: readonly JudgedExam[],
  misses: FindingQuality['misses'],
  mayTell: boolean,
): FindingQuality {
  const performance = measurePerformance(exams);
  const { analysed, flagged, verifiedFlagged, verifiedUnflagged } = performance.counts;
  const scores = exams.flatMap(({ answer }) => ('score' in answer ? [answer.score] : []));
  return {
    label: finding.label,
    analysed,
    flagged,
    known: verifiedFlagged + verifiedUnflagged,
    ...figuresOf(performance),
    right: viewFigure(performance.ppv),
    misses,
    months: measureStrata(exams, ['month']).map(
      ({ value: month, performance: part }): MonthView => ({
        month,
        analysed: part.counts.analysed,
        flagged: part.counts.flagged,
        ...figuresOf(part),
      }),
    ),
    tiers: mayTell ? countTiers(finding, scores) : [],
    // The last bin is of exams that say nothing, and there are none of these here.
    spread: mayTell ? countValues(spreadBins, scores).slice(0, -1) : [],
  };
}

function figuresOf({ sensitivity, specificity, auc }: Performance) {
  return {
    sensitivity: viewFigure(sensitivity),
    specificity: viewFigure(specificity),
    area: viewFigure(auc),
  };
}

function viewFigure(figure: Figure): FigureView {
  if (!isKnown(figure)) return { n: 0 };
  const { value, low, high, n, insufficient: few } = figure;
  return { value, low, high, n, few };
}

function countTiers({ tiers = [] }: Finding, scores: readonly number[]) {
  return tiers.map(({ name, from }, at) => {
    const upTo = tiers[at - 1]?.from ?? Infinity;
    return { name, count: scores.filter((score) => score >= from && score < upTo).length };
  });
}

function viewStream(
  store: QualityStore,
  { verdict, exams, ...name }: WatchedStream,
  told: readonly Finding[],
): StreamQuality {
  const { drift, level, otherPopulation } = verdict;
  const state = store.trust.stream(name);
  const window = state?.drift?.full.length ? state.drift.full.reduce(addBlocks) : undefined;
  const signals = (drift?.signals ?? [])
    .filter(({ signal }) => told.length > 0 || !isScore(signal))
    .map((signal): SignalQuality => ({
      // A finding goes by the name that the panel has for it.
      signal: told.find(({ id }) => `score.${id}` === signal.signal)?.label ?? signal.signal,
      level: signal.level,
      before: [...(state?.baseline.signals[signal.signal] ?? [])],
      now: [...(window?.signals[signal.signal] ?? [])],
    }));
  const { scanner, modality } = name;
  return { scanner, modality, exams, level, otherPopulation, flags: drift?.flagRate, signals };
}
