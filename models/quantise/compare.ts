import { ScansideError } from '../../device/errors.ts';
import { delong } from '../evaluation/delong.ts';
import type { Label } from '../evaluation/sample.ts';
import { batchesOf, type ImageSet } from './image-set.ts';
import type { Answer, RunningModel } from './model-runner.ts';

/** Names of a model's outputs by what they are for. */
export interface OutputNames {
  logits: string;
  cam: string;
  embedding: string;
}

/** How a logit becomes a decision: probability = sigmoid(logit / temperature), positive from the threshold up. */
export interface Decision {
  threshold: number;
  temperature: number;
}

export interface Evaluation {
  images: ImageSet;
  /** For each image and finding in turn: 1 present, 0 absent, anything else unknown. */
  labels: Float32Array | undefined;
  /** One for each finding. */
  decisions: readonly Decision[];
  outputs: OutputNames;
}

/** One finding, as both models see it. Figures that need labels are undefined without. */
export interface FindingComparison {
  auc: Pair | undefined;
  sensitivity: Pair | undefined;
  specificity: Pair | undefined;
  /** Images on the other side of the same threshold. */
  flips: number;
}

export interface Pair {
  float32: number;
  int8: number;
}

export interface Comparison {
  images: number;
  findings: FindingComparison[];
  /** Largest and mean difference of a probability. */
  maxDifference: number;
  meanDifference: number;
  /** Smallest cosine between the embeddings of one image; undefined where the model has none. */
  embeddingCosine: number | undefined;
  /**
   * Share of the maps that peak within one cell of each other, among those of findings that float32 calls positive,
   * or of all where it calls none so: the peak of an empty map means nothing.
   */
  camAgreement: number;
}

const batch = 8;

/** Runs both models over the same images. Throws MODEL_FAULT. */
export async function compareModels(
  models: { float32: RunningModel; int8: RunningModel },
  evaluation: Evaluation,
): Promise<Comparison> {
  const float32 = await answerAll(models.float32, evaluation);
  const int8 = await answerAll(models.int8, evaluation);
  return compareAnswers(float32, int8, evaluation);
}

/** The answers to all images, one after the other. */
export interface Answers {
  logits: Answer;
  cam: Answer;
  embedding: Answer | undefined;
}

async function answerAll(model: RunningModel, evaluation: Evaluation): Promise<Answers> {
  const parts: Readonly<Record<string, Answer>>[] = [];
  for await (const { count, values } of batchesOf(evaluation.images, batch))
    parts.push(await model.run(values, count));
  const { logits, cam, embedding } = evaluation.outputs;
  const hasEmbedding = parts[0]?.[embedding] !== undefined;
  return {
    logits: join(parts, logits),
    cam: join(parts, cam),
    embedding: hasEmbedding ? join(parts, embedding) : undefined,
  };
}

function join(parts: readonly Readonly<Record<string, Answer>>[], name: string): Answer {
  const found = parts.map((part) => {
    const answer = part[name];
    if (!answer) throw new ScansideError('MODEL_FAULT', `there is no output ${name}`);
    return answer;
  });
  const values = new Float32Array(found.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const answer of found) {
    values.set(answer.values, at);
    at += answer.values.length;
  }
  const count = found.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0);
  return { values, dims: [count, ...(found[0]?.dims.slice(1) ?? [])] };
}

function probability(logit: number, { temperature }: Decision): number {
  return 1 / (1 + Math.exp(-logit / temperature));
}

/** What two models make of the same images. Throws MODEL_FAULT. */
export function compareAnswers(
  float32: Answers,
  int8: Answers,
  { labels, decisions }: Pick<Evaluation, 'labels' | 'decisions'>,
): Comparison {
  const scores = { float32: readScores(float32, decisions), int8: readScores(int8, decisions) };
  const differences = scores.float32.flatMap((column, finding) =>
    column.map((value, at) => Math.abs(value - scores.int8[finding]![at]!)),
  );
  const positive = scores.float32.map((column, finding) =>
    column.map((value) => value >= decisions[finding]!.threshold),
  );
  return {
    images: float32.logits.dims[0] ?? 0,
    findings: decisions.map((decision, finding) => {
      const truth = labels && readColumn(labels, finding, decisions.length);
      const of = { float32: scores.float32[finding]!, int8: scores.int8[finding]! };
      return compareFinding(of, truth, decision.threshold);
    }),
    maxDifference: differences.reduce((most, value) => Math.max(most, value), 0),
    meanDifference: differences.reduce((sum, value) => sum + value, 0) / differences.length,
    embeddingCosine: compareEmbeddings(float32.embedding, int8.embedding),
    camAgreement: compareCams(float32.cam, int8.cam, positive),
  };
}

function readColumn(values: Float32Array, column: number, columns: number): number[] {
  return Array.from(values).filter((_, at) => at % columns === column);
}

/** Probabilities by finding, then by image. */
function readScores({ logits }: Answers, decisions: readonly Decision[]): number[][] {
  if (logits.values.length !== (logits.dims[0] ?? 0) * decisions.length)
    throw new ScansideError('MODEL_FAULT', 'it answers for another number of findings');
  return decisions.map((decision, finding) =>
    readColumn(logits.values, finding, decisions.length).map((logit) =>
      probability(logit, decision),
    ),
  );
}

function compareFinding(
  scores: { float32: number[]; int8: number[] },
  truth: number[] | undefined,
  threshold: number,
): FindingComparison {
  const flips = scores.float32.filter(
    (value, at) => value >= threshold !== scores.int8[at]! >= threshold,
  );
  const share = (values: number[], label: number, isRight: (value: number) => boolean) => {
    const own = values.filter((_, at) => truth?.[at] === label);
    return own.filter(isRight).length / own.length;
  };
  const both = (figure: (values: number[]) => number): Pair | undefined => {
    const pair = { float32: figure(scores.float32), int8: figure(scores.int8) };
    return Number.isFinite(pair.float32) ? pair : undefined;
  };
  return {
    auc: truth && compareAreas(scores, truth),
    sensitivity: both((values) => share(values, 1, (value) => value >= threshold)),
    specificity: both((values) => share(values, 0, (value) => value < threshold)),
    flips: flips.length,
  };
}

/** Areas under both ROC curves; undefined where a class is missing. */
function compareAreas(
  scores: { float32: number[]; int8: number[] },
  truth: readonly number[],
): Pair | undefined {
  const known = truth.map((_, at) => at).filter((at) => truth[at] === 0 || truth[at] === 1);
  const labels = known.map((at) => truth[at] as Label);
  if (!labels.includes(0) || !labels.includes(1)) return undefined;
  const of = (values: number[]) => known.map((at) => values[at]!);
  const { auc } = delong(labels, [of(scores.float32), of(scores.int8)]);
  return { float32: auc[0]!, int8: auc[1]! };
}

function compareEmbeddings(one: Answer | undefined, other: Answer | undefined): number | undefined {
  if (!one || !other) return undefined;
  const size = one.values.length / (one.dims[0] ?? 1);
  let smallest = 1;
  for (let at = 0; at < one.values.length; at += size) {
    const [a, b] = [one.values.subarray(at, at + size), other.values.subarray(at, at + size)];
    smallest = Math.min(smallest, cosine(a, b));
  }
  return smallest;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function compareCams(one: Answer, other: Answer, positive: readonly boolean[][]): number {
  const [images = 0, findings = 0, rows = 1, columns = 1] = one.dims;
  const size = rows * columns;
  const maps = Array.from({ length: images * findings }, (_, map) => map);
  const shown = maps.filter((map) => positive[map % findings]?.[Math.floor(map / findings)]);
  const judged = shown.length > 0 ? shown : maps;
  const agree = judged.filter((map) => {
    const a = peakOf(one.values.subarray(map * size, (map + 1) * size));
    const b = peakOf(other.values.subarray(map * size, (map + 1) * size));
    const down = Math.abs(Math.floor(a / columns) - Math.floor(b / columns));
    return Math.max(down, Math.abs((a % columns) - (b % columns))) <= 1;
  });
  return agree.length / judged.length;
}

function peakOf(values: Float32Array): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}
