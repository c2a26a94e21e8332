import { ScansideError } from '../device/errors.ts';
import { isOutside, type DomainScores } from '../models/domain/reference.ts';
import { rankCorrelation } from '../models/explanation/agreement.ts';
import { enlarge, halfMaximumOf, type HeatMap, peakOf } from '../models/explanation/heat-map.ts';
import type { Replacement } from '../models/explanation/hiding.ts';
import { explainByOcclusion, planPatches } from '../models/explanation/occlusion.ts';
import type { NetworkInput, Predict } from '../models/explanation/predictor.ts';
import { segment, type Superpixels } from '../models/explanation/superpixel.ts';
import { explainBySuperpixels, paintWeights } from '../models/explanation/surrogate.ts';
import { mapBack, type Point } from '../models/geometry.ts';
import type { Manifest } from '../models/manifest.ts';
import type { ImageGeometry, StoredImage } from '../models/stored-image.ts';
import type { LoadedBundle } from '../runtime/inference/analysis.ts';
import type { Case } from './explanation-case.ts';

export const methods = ['cam', 'occlusion', 'superpixels'] as const;
export type Method = (typeof methods)[number];

/** A place in the source image: from 0 at the centre of its first pixel. */
export interface Place extends Point {
  /** Not so on the border that a letterbox adds. */
  inside: boolean;
  /** The same in millimetres down and to the right, where the image says how large its pixels are. */
  millimetres: { down: number; right: number } | null;
}

/** One method's answer, in the units of the logit. */
export interface MethodAnswer {
  method: Method;
  highest: number;
  lowest: number;
  peak: Place;
  /** Around the peak, of at least half its height; null where nothing speaks for the finding. */
  halfMaximum: { centre: Place; share: number } | null;
  /** How it was found, as words and numbers. */
  made: Record<string, number | null>;
}

export interface Agreement {
  between: [Method, Method];
  /** Spearman's, of all pixels; null where a map is the same everywhere. */
  rankCorrelation: number | null;
  /** Between the peaks. */
  pixels: number;
  millimetres: number | null;
}

/** Everything that is said of a case. Nothing of it names a patient, a study or a file. */
export interface Explanation {
  model: Pick<Manifest['identity'], 'name' | 'version' | 'status'> & {
    bundle: string;
    notice: string;
    presentation: Manifest['presentation'];
  };
  finding: {
    id: string;
    label: string;
    logit: number;
    probability: number;
    threshold: number;
    flagged: boolean;
  };
  /** Null where the bundle guards no domain. A stopped image has no result on a device. */
  domain: { scores: DomainScores; outside: boolean; stopped: boolean } | null;
  image: {
    rows: number;
    columns: number;
    frame: number;
    frames: number;
    spacing: ImageGeometry['spacing'] | null;
  };
  network: { rows: number; columns: number };
  seed: number;
  /** What hidden parts of the image were replaced with. */
  replacement: Replacement;
  methods: MethodAnswer[];
  agreement: Agreement[];
  statement: string;
  caveat: string;
}

/** A map on the network's grid, to be drawn. */
export interface Drawn {
  method: Method;
  map: HeatMap;
  peak: Point;
  superpixels?: Superpixels | undefined;
}

export interface ExplanationRequest {
  loaded: LoadedBundle;
  opened: Case;
  /** Position of the finding in the manifest. */
  head: number;
  chosen: readonly Method[];
  seed: number;
  replacement: Replacement;
}

export const caveat =
  'Rough indication where the model reacted; does not outline a finding. For model developers, not for a ' +
  "technologist's screen.";

/** Many enough that a lesion is not lost in one, few enough that each gets its share of the masks. */
const pieces = 64;
/** Ten for each piece. */
const masks = 640;

function predictorOf({ ensemble, manifest }: LoadedBundle, head: number): Predict {
  return async (inputs) => {
    const outputs = await ensemble.run(inputs);
    return outputs.map(({ logits }) => {
      const logit = logits[head] ?? Number.NaN;
      if (Number.isFinite(logit)) return logit;
      const { id } = manifest.findings[head]!;
      throw new ScansideError('MODEL_FAULT', `the logit of ${id} is ${logit} on a hidden part`);
    });
  };
}

type Answered = Drawn & Pick<MethodAnswer, 'made'>;

function explainByMap({ opened, head }: ExplanationRequest, input: NetworkInput): Answered {
  const own = opened.examination.maps[head];
  if (!own) throw new ScansideError('MODEL_FAULT', 'the network has answered without a map');
  const { rows, columns } = own;
  const map = enlarge({ rows, columns, values: Float32Array.from(own.values) }, input);
  return { method: 'cam', map, peak: peakOf(map), made: { rows, columns } };
}

async function explainByHiding(
  { replacement }: ExplanationRequest,
  input: NetworkInput,
  predict: Predict,
): Promise<Answered> {
  const map = await explainByOcclusion(input, predict, replacement);
  const patches = planPatches(input);
  const made = { patches: patches.length, side: patches[0]!.columns };
  return { method: 'occlusion', map, peak: peakOf(map), made };
}

async function explainByPieces(
  { seed, replacement }: ExplanationRequest,
  input: NetworkInput,
  predict: Predict,
): Promise<Answered> {
  const superpixels = segment(input, pieces);
  const surrogate = await explainBySuperpixels({
    input,
    superpixels,
    predict,
    replacement,
    seed,
    masks,
  });
  const map = paintWeights(superpixels, surrogate.weights);
  const made = {
    superpixels: superpixels.count,
    masks: surrogate.masks,
    fit: surrogate.fit ?? null,
  };
  return { method: 'superpixels', map, peak: peakOf(map), superpixels, made };
}

function toPlace(manifest: Manifest, image: StoredImage, point: Point): Place {
  const { rows, columns, geometry } = image;
  const spacing = geometry?.spacing;
  const { row, column } = mapBack(manifest.preprocess, { rows, columns, spacing }, point);
  return {
    row,
    column,
    inside: row >= -0.5 && column >= -0.5 && row < rows - 0.5 && column < columns - 0.5,
    millimetres: spacing ? { down: row * spacing.rows, right: column * spacing.columns } : null,
  };
}

function describeAnswer(answered: Answered, place: (point: Point) => Place): MethodAnswer {
  const { method, map, peak, made } = answered;
  const half = halfMaximumOf(map);
  return {
    method,
    highest: map.values.reduce((most, value) => Math.max(most, value), -Infinity),
    lowest: map.values.reduce((least, value) => Math.min(least, value), Infinity),
    peak: place(peak),
    halfMaximum: half ? { centre: place(half.centre), share: half.share } : null,
    made,
  };
}

function compare([one, other]: [Drawn, Drawn], place: (point: Point) => Place): Agreement {
  const [a, b] = [place(one.peak), place(other.peak)];
  return {
    between: [one.method, other.method],
    rankCorrelation: rankCorrelation(one.map.values, other.map.values) ?? null,
    pixels: Math.hypot(a.row - b.row, a.column - b.column),
    millimetres:
      a.millimetres && b.millimetres
        ? Math.hypot(
            a.millimetres.down - b.millimetres.down,
            a.millimetres.right - b.millimetres.right,
          )
        : null,
  };
}

function pairsOf(drawn: readonly Drawn[]): [Drawn, Drawn][] {
  return drawn.flatMap((one, at) =>
    drawn.slice(at + 1).map((other): [Drawn, Drawn] => [one, other]),
  );
}

function describeCase({ loaded, opened, head, seed, replacement }: ExplanationRequest) {
  const { manifest, bundle } = loaded;
  const { examination, image, frame, frames } = opened;
  const { name, version, status } = manifest.identity;
  const { id, label, threshold } = manifest.findings[head]!;
  const { probability } = examination.scores[head]!;
  const { domain } = examination;
  const outside = domain !== undefined && isOutside(domain);
  const stopped = outside && manifest.domain?.tolerated === 0;
  return {
    model: {
      name,
      version,
      status,
      bundle: bundle.hash,
      notice: manifest.labelling.notice,
      presentation: manifest.presentation,
    },
    finding: {
      id,
      label,
      logit: examination.logits[head]!,
      probability,
      threshold,
      flagged: probability >= threshold,
    },
    domain: domain ? { scores: domain, outside, stopped } : null,
    image: {
      rows: image.rows,
      columns: image.columns,
      frame,
      frames,
      spacing: image.geometry?.spacing ?? null,
    },
    network: { rows: manifest.network.input.rows, columns: manifest.network.input.columns },
    seed,
    replacement,
    statement: manifest.explanation.statement,
    caveat,
  };
}

/** Explains one finding of a case by each chosen method. Throws MODEL_FAULT. */
export async function explainCase(
  request: ExplanationRequest,
): Promise<{ explanation: Explanation; drawn: Drawn[] }> {
  const { loaded, opened, head, chosen } = request;
  const { rows, columns } = loaded.manifest.network.input;
  const input = { rows, columns, values: opened.input };
  const predict = predictorOf(loaded, head);
  const by: Record<Method, () => Answered | Promise<Answered>> = {
    cam: () => explainByMap(request, input),
    occlusion: () => explainByHiding(request, input, predict),
    superpixels: () => explainByPieces(request, input, predict),
  };
  const answers: Answered[] = [];
  for (const method of chosen) answers.push(await by[method]());
  const place = (point: Point) => toPlace(loaded.manifest, opened.image, point);
  const explanation = {
    ...describeCase(request),
    methods: answers.map((answered) => describeAnswer(answered, place)),
    agreement: pairsOf(answers).map((pair) => compare(pair, place)),
  };
  return { explanation, drawn: answers };
}
