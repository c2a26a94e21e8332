import type { Bundle } from '../models/bundle.ts';
import type { Finding } from '../models/manifest.ts';
import type { StudyFinding } from '../models/outcome.ts';
import type { ActView } from '../panel/act.ts';
import type { AidView, ExamDetail, TimelineStep } from '../panel/exam-detail.ts';
import type { ExamView } from '../panel/source.ts';
import { documentsOf, type Standing } from './exam-outcome.ts';
import type { Delivery } from './outbox/delivery-ledger.ts';
import type { Result, Study } from './spool/study-ledger.ts';

/** Of one image, or of a frame of it, counted from 1. */
export interface ImageName {
  sopInstanceUid: string;
  frame?: number | undefined;
}

/** The pictures of an exam. */
export interface ExamPictures extends Pick<ExamDetail, 'images' | 'previews'> {
  /** Name of the preview of an image; undefined where it has none. */
  nameOf(image: ImageName): string | undefined;
  /** Where the model reacted: which preview, which finding. */
  heatmaps: AidView['heatmaps'];
}

export interface DetailParts {
  exam: ExamView;
  study: Study;
  standing: Standing;
  /** Every result of the study. */
  results: readonly Result[];
  /** Of the documents that tell the outcome. */
  deliveries: readonly Delivery[];
  /** The bundle that the outcome is of, as it was then; undefined where another version is in service now. */
  bundle: Bundle | undefined;
  pictures: ExamPictures;
  acts: ActView[];
}

/** Everything about one exam. */
export function describeExam(parts: DetailParts): ExamDetail {
  const { exam, pictures, acts } = parts;
  return {
    exam,
    timeline: timelineOf(parts),
    images: pictures.images,
    previews: pictures.previews,
    aid: aidOf(parts),
    acts,
  };
}

/** The documents whose way to the PACS is that of the outcome. */
export function outcomeDocuments({ result }: Standing, results: readonly Result[]): string[] {
  return result ? documentsOf(result, results) : [];
}

function timelineOf({ exam, study, standing, deliveries }: DetailParts): TimelineStep[] {
  const { result } = standing;
  const committed = deliveries.map(({ committedAt }) => committedAt);
  const last = committed.every((at) => at !== undefined) ? Math.max(...committed) : undefined;
  const steps: [TimelineStep['step'], number | undefined][] = [
    ['first-image', study.firstReceivedAt],
    ['complete', result?.completedAt ?? study.completedAt],
    ['result', exam.resultAt],
    ['sent', exam.deliveredAt],
    ['committed', deliveries.length > 0 ? last : undefined],
  ];
  return steps.flatMap(([step, at]) => (at === undefined ? [] : [{ step, at }]));
}

/**
 * What may help a reader: only of a flag that stands in a result of the model that is in service, and of nothing that
 * another version has said.
 */
function aidOf({ standing, bundle, pictures }: DetailParts): AidView | undefined {
  const { conclusion, result, withdrawn } = standing;
  if (!bundle || !result || withdrawn || conclusion?.state !== 'flagged') return undefined;
  const { manifest } = bundle;
  const flagged = conclusion.findings.filter((each) => each.flagged);
  const [strongest] = flagged.toSorted((a, b) => b.probability - a.probability);
  const mayPlace = manifest.show.localisation;
  const [key] = strongest?.key ?? [];
  return {
    findings: flagged.flatMap((seen) => {
      const finding = manifest.findings.find(({ id }) => id === seen.finding);
      return finding ? [describeFinding(finding, seen, standing, manifest.largestSpread)] : [];
    }),
    keyImage: mayPlace && key ? pictures.nameOf(key) : undefined,
    heatmaps: mayPlace ? pictures.heatmaps : [],
    statement: manifest.explanation.statement,
  };
}

function describeFinding(
  { id, label, tiers = [] }: Finding,
  seen: StudyFinding,
  { conclusion }: Standing,
  largestSpread: number | undefined,
): AidView['findings'][number] {
  const tier = tiers.find(({ from }) => seen.probability >= from);
  const spread = wordSpread(spreadOf(seen, conclusion), largestSpread);
  return {
    id,
    label,
    ...(tier && { tier: tier.name }),
    ...(tier?.confirmed && { confirmed: tier.confirmed }),
    ...(spread && { spread }),
  };
}

/** Of the image that made the probability; undefined where several did or one member was asked. */
function spreadOf(
  { finding, probability, key }: StudyFinding,
  conclusion: Standing['conclusion'],
): number | undefined {
  if (conclusion?.state !== 'flagged') return undefined;
  return conclusion.analysed
    .filter(({ sopInstanceUid }) => sopInstanceUid === key[0]?.sopInstanceUid)
    .flatMap(({ scores }) => scores)
    .find((score) => score.finding === finding && score.probability === probability)?.spread;
}

/** By the largest spread at which the absence of a flag is still said: below half of it, up to it, above it. */
export function wordSpread(
  spread: number | undefined,
  largest: number | undefined,
): 'low' | 'moderate' | 'high' | undefined {
  if (spread === undefined || largest === undefined) return undefined;
  if (spread > largest) return 'high';
  return spread > largest / 2 ? 'moderate' : 'low';
}
