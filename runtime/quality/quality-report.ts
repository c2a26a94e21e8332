import { isoInstant } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import type { Bundle } from '../../models/bundle.ts';
import { countOpinions } from '../../quality/opinion.ts';
import { estimateFromConfidence, type SelfEstimate } from '../../quality/estimated-performance.ts';
import { measurePerformance, type Performance } from '../../quality/performance.ts';
import {
  agreementOfAll,
  compareReaders,
  findMajority,
  type PairAgreement,
  type Reading,
} from '../../quality/reader-agreement.ts';
import type { Figure } from '../../quality/figure.ts';
import { joinTruth } from '../../quality/reference-standard.ts';
import type { JudgedExam } from '../../quality/judged-exam.ts';
import { measureStrata, type Stratum } from '../../quality/stratum.ts';
import type { ExamRecord, Period, Question } from '../../quality/store/exam-store.ts';
import { beginTrust, type Move, type Trust } from '../../quality/trust.ts';
import { readBundleReference } from './bundle-reference.ts';
import { ModelWatch, type WatchedFinding, type WatchedStream } from './model-watch.ts';
import type { QualityStore } from './quality-store.ts';

/** What a period tells of one finding of a model. */
export interface FindingReport {
  finding: string;
  performance: Performance;
  strata: Stratum[];
  /** What the model itself would have its figures be: an estimate, by which nothing is decided. */
  estimate: SelfEstimate;
  /** Readers who saw neither AI nor each other. */
  readers: ReaderReport;
  /** The rules over all that is known since the charts began, whatever the period. */
  watch: WatchedFinding['verdict'];
}

/** How far blinded readers agree, with each other and with the model, which stands among them as `model`. */
export interface ReaderReport {
  readings: number;
  pairs: PairAgreement[];
  all: Figure;
  /** Exams on which they are even, and that somebody has to adjudicate. */
  undecided: number;
}

export interface ModelReport {
  model: string;
  /** Of the bundle that works now; figures by version stand among the parts. */
  version: string;
  trust: Trust;
  /** Of the period, newest first; who it was stays on the device. */
  moves: Omit<Move, 'user' | 'hash'>[];
  findings: FindingReport[];
  streams: WatchedStream[];
}

/** How good the models were here in a period. Names no patient, exam or person. */
export interface QualityReport {
  schema: 1;
  /** UTC; `from` inclusive, `to` exclusive. */
  from: string;
  to: string;
  site: string;
  models: ModelReport[];
  /** Exams that were drawn and that nobody has read yet. */
  auditsWaiting: number;
  /** Exams that somebody at the panel agreed or disagreed with: opinions, of which no figure is made. */
  agreements: number;
  disagreements: number;
}

const mostMoves = 1000;
const mostWaiting = 100_000;

/** Exams of a period with what is known of them. */
export function judgedExams(store: QualityStore, question: Question, period: Period): ExamRecord[] {
  const exams = store.exams.ofPeriod(question, period);
  return joinTruth(exams, store.reference.ofFinding(question.finding));
}

/** Makes the report of a period; `now` is wall time, milliseconds since 1970. */
export function makeReport(
  store: QualityStore,
  bundles: readonly Bundle[],
  { from, to, site, now }: Period & { site: string; now: number },
): QualityReport {
  const said = countOpinions(store.opinions.all().filter(({ at }) => at >= from && at < to));
  return {
    schema: 1,
    from: isoInstant(from),
    to: isoInstant(to),
    site,
    models: bundles.map((bundle) => reportModel(store, bundle, { from, to }, now)),
    auditsWaiting: store.audit.waiting(mostWaiting).length,
    agreements: said.agree,
    disagreements: said.disagree,
  };
}

function reportModel(
  store: QualityStore,
  bundle: Bundle,
  period: Period,
  now: number,
): ModelReport {
  const { name: model, version } = bundle.manifest.identity;
  const trust = store.trust.find(model) ?? beginTrust(model, bundle.hash, now);
  const watch = new ModelWatch(store, bundle, readBundleReference(bundle, disk));
  watch.judgeFindings(trust.chartsSince, now);
  const moves = store.trust
    .moves(model, mostMoves)
    .filter(({ at }) => at >= period.from && at < period.to)
    .map(({ user: _user, hash: _hash, ...move }) => move);
  const findings = watch.findings.map(({ finding, verdict }) => ({
    ...reportFinding(judgedExams(store, { model, finding }, period)),
    finding,
    readers: reportReaders(store, { model, finding }, period),
    watch: verdict,
  }));
  return { model, version, trust, moves, findings, streams: watch.streams() };
}

/** Of the interval of their common kappa. */
const bootstrapOptions = { replicates: 1000, seed: 1 };

function reportReaders(store: QualityStore, question: Question, period: Period): ReaderReport {
  const readings = store.readings
    .ofFinding(question.finding)
    .filter(({ at }) => at >= period.from && at < period.to);
  const names = [...new Set(readings.map(({ exam }) => exam))];
  const ofModel = store.exams
    .ofExams(question, names)
    .flatMap(({ exam, answer }): Reading[] =>
      'score' in answer ? [{ exam, reader: 'model', label: answer.flagged ? 1 : 0 }] : [],
    );
  const adjudicated = new Set(
    [...store.reference.ofFinding(question.finding)]
      .filter(([, said]) => said.some(({ source }) => source === 'adjudication'))
      .map(([exam]) => exam),
  );
  const majority = findMajority(readings, 2);
  const readTwice = new Set(
    [...Map.groupBy(readings, ({ exam }) => exam)]
      .filter(([, own]) => own.length > 1)
      .map(([exam]) => exam),
  );
  return {
    readings: readings.length,
    pairs: compareReaders([...readings, ...ofModel]),
    all: agreementOfAll(readings, bootstrapOptions),
    undecided: [...majority].filter(
      ([exam, label]) => label === 'open' && readTwice.has(exam) && !adjudicated.has(exam),
    ).length,
  };
}

function reportFinding(exams: readonly JudgedExam[]) {
  const answers = exams.flatMap(({ answer }) => ('score' in answer ? [answer] : []));
  return {
    performance: measurePerformance(exams),
    strata: measureStrata(exams),
    estimate: estimateFromConfidence(answers),
  };
}
