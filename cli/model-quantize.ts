import { endianness, tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { type Clock, systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk, type Files } from '../device/files.ts';
import { methods } from '../models/quantise/calibrate.ts';
import type { Decision, Evaluation } from '../models/quantise/compare.ts';
import { type ImageSet, imagesIn } from '../models/quantise/image-set.ts';
import type { Pruning } from '../models/quantise/prune.ts';
import { quantise, type Quantisation, type Quantised } from '../models/quantise/quantise.ts';
import { describeDerived, describeQuantisation, passes } from '../models/quantise/report.ts';
import { onnxViolation } from '../models/onnx-rules.ts';
import { decodeModel } from '../models/onnx/model-file.ts';
import type { ValueInfoProto } from '../models/onnx/proto.ts';
import type { Command, Io } from './command.ts';
import { createOnnxRunner } from './onnx-runner.ts';
import { choice, readOptions, required, runCommand, UsageError } from './options.ts';

const usage = `Usage: scanside model quantize --model FILE --calibration PATH --out FOLDER [options]

Derives two int8 graphs from a float32 ONNX model, measures each against it, and writes what passes the gate:
  FOLDER/model.int8.cpu.onnx   for ONNX Runtime on a processor
  FOLDER/model.int8.trt.onnx   for TensorRT; slower than float32 on a processor
  FOLDER/ranges.json           the ranges of the activations, and of which images
  FOLDER/quantisation.json     every figure, passed or not

  --model FILE         ONNX, one float32 input [batch, channels, rows, columns], outputs logits, cam, embedding.
                       Repeated: the members of an ensemble, which decide by the mean of their logits. Then the
                       graphs and ranges of member-1.onnx go into FOLDER/member-1
  --calibration PATH   preprocessed training images: raw little-endian float32, one after the other, in a file or in
                       the .f32 files of a folder. One or two hundred are enough; never those of the evaluation
  --evaluate FILE      preprocessed images to measure on, in the same form; without it, those of the calibration
  --labels FILE        raw float32, for each image and finding in turn: 1 present, 0 absent, else unknown.
                       Without labels the loss of AUC is not measured, and what is not measured does not pass
  --threshold P        operating point as a probability, or one for each finding: 0.13,0.16 (default 0.5)
  --temperature T      probability = sigmoid(logit / T); one, or one for each finding (default 1)
  --method NAME        ${methods.join(' or ')} (default ${methods[0]})
  --prune SHARE        set the smallest weights of each tensor to zero first: a share below 1, or 2:4

The thresholds stay as they are: sensitivity and specificity are given for both models at the same ones.
Exit status: 0 both graphs passed, 1 failed, 2 called wrongly, 3 a figure missed its limit and is named.
`;

const string = { type: 'string' } as const;
const options = {
  model: { ...string, multiple: true },
  calibration: string,
  out: string,
  evaluate: string,
  labels: string,
  threshold: { ...string, default: '0.5' },
  temperature: { ...string, default: '1' },
  method: { ...string, default: methods[0] },
  prune: string,
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** The files of the members, at least one. */
function modelsOf({ model = [] }: Values): string[] {
  if (model.length > 0) return model;
  throw new UsageError('--model is missing');
}

/** Numbers above 0, and up to `most`, separated by commas. */
function readNumbers(name: 'threshold' | 'temperature', text: string, most: number): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((value) => value > 0 && value <= most)) return numbers;
  throw new UsageError(`--${name} takes numbers above 0, at most ${most}, not ${text}`);
}

function readPruning(text: string | undefined): Pruning | undefined {
  if (text === undefined || text === '2:4') return text;
  const fraction = Number(text);
  if (fraction > 0 && fraction < 1) return { fraction };
  throw new UsageError(`--prune takes a share between 0 and 1, or 2:4, not ${text}`);
}

/** Raw float32 of a file, or of a folder's .f32 files in the order of their names. */
function readFloats(files: Files, path: string): Float32Array {
  if (endianness() !== 'LE') throw new Error('only machines with the low byte first are known');
  const names = files.isPlainFile(path) ? [''] : files.list(path).filter(isRaw);
  const parts = names.map((name) => files.readBytes(join(path, name)));
  const bytes = Uint8Array.from(Buffer.concat(parts));
  if (bytes.length === 0 || bytes.length % 4 !== 0)
    throw new UsageError(`${path} holds no raw float32 values`);
  return new Float32Array(bytes.buffer);
}

function isRaw(name: string): boolean {
  return name.endsWith('.f32');
}

const outputs = { logits: 'logits', cam: 'cam', embedding: 'embedding' };

/** A model that has passed the loader rules, and what its images and answers look like. */
interface Opened {
  bytes: Uint8Array;
  /** Channels, rows and columns of an image. */
  shape: ImageSet['shape'];
  findings: number;
}

/** The sizes of a value, 0 where they are known only when the model runs. */
function sizesOf(values: readonly ValueInfoProto[], name?: string): number[] {
  const value = values.find((one) => name === undefined || one.name === name);
  const dims = value?.type?.tensorType?.shape?.dim ?? [];
  return dims.map(({ dimValue = 0n }) => Number(dimValue));
}

function open(bytes: Uint8Array): Opened {
  const violation = onnxViolation(bytes);
  if (violation !== undefined) throw new ScansideError('BUNDLE_INVALID', violation);
  const { input, output } = decodeModel(bytes).graph!;
  const [, channels = 0, rows = 0, columns = 0, ...more] = sizesOf(input);
  const [, findings = 0] = sizesOf(output, outputs.logits);
  if (channels * rows * columns === 0 || more.length > 0)
    throw new UsageError('the model must take [batch, channels, rows, columns] of fixed size');
  if (findings === 0)
    throw new UsageError(`the model must answer with ${outputs.logits} of [batch, findings]`);
  return { bytes, shape: [channels, rows, columns], findings };
}

/** One decision for each finding, of as many numbers as there are findings, or of one for all. */
function readDecisions(values: Values, findings: number): Decision[] {
  const numbers = {
    threshold: readNumbers('threshold', values.threshold, 1),
    temperature: readNumbers('temperature', values.temperature, 1000),
  };
  for (const [name, { length }] of Object.entries(numbers))
    if (length !== 1 && length !== findings)
      throw new UsageError(`--${name} gives ${length} numbers for ${findings} findings`);
  const pick = (all: readonly number[], at: number) => all[at] ?? all[0]!;
  return Array.from({ length: findings }, (_, at) => ({
    threshold: pick(numbers.threshold, at),
    temperature: pick(numbers.temperature, at),
  }));
}

function readImages(files: Files, path: string, { shape }: Opened): ImageSet {
  const values = readFloats(files, path);
  const size = shape[0] * shape[1] * shape[2];
  if (values.length % size === 0) return imagesIn(values, shape);
  throw new UsageError(`${path} holds no whole number of images of ${shape.join(' x ')}`);
}

function readEvaluation(values: Values, files: Files, model: Opened): Evaluation {
  const source = values.evaluate ?? required('calibration', values.calibration);
  const images = readImages(files, source, model);
  const labels = values.labels ? readFloats(files, values.labels) : undefined;
  if (labels && labels.length !== images.count * model.findings)
    throw new UsageError(`${labels.length} labels are given for ${images.count} images`);
  return { images, labels, decisions: readDecisions(values, model.findings), outputs };
}

function readWork(values: Values, files: Files): Quantisation {
  const opened = modelsOf(values).map((path) => open(files.readBytes(path)));
  const model = opened[0]!;
  const describe = ({ shape, findings }: Opened) => [...shape, findings].join();
  if (opened.some((one) => describe(one) !== describe(model)))
    throw new UsageError('the members must take the same images and know the same findings');
  return {
    members: opened.map(({ bytes }) => bytes),
    calibration: readImages(files, required('calibration', values.calibration), model),
    method: choice('method', values.method, methods),
    pruning: readPruning(values.prune),
    evaluation: readEvaluation(values, files, model),
  };
}

/** The folder of each member: the one that was asked for, or one in it for each of several. */
function foldersOf(values: Values, folder: string): string[] {
  const models = modelsOf(values);
  if (models.length === 1) return [folder];
  const names = models.map((path) => parse(path).name);
  if (new Set(names).size < names.length)
    throw new UsageError('the members’ files must have different names');
  return names.map((name) => join(folder, name));
}

function write(files: Files, folder: string, folders: string[], quantised: Quantised): void {
  const json = (path: string, content: object) =>
    files.replace(path, `${JSON.stringify(content, null, 2)}\n`);
  json(join(folder, 'quantisation.json'), describeQuantisation(quantised));
  for (const [at, own] of folders.entries()) {
    files.makeFolder(own);
    json(join(own, 'ranges.json'), quantised.calibrations[at]!);
    for (const { variant, members, figures } of quantised.derived) {
      const path = join(own, `model.${variant}.onnx`);
      // One that an earlier run has left would look as if it had passed.
      if (passes(figures)) files.replace(path, members[at]!);
      else files.remove(path);
    }
  }
}

function report({ derived, sparsity }: Quantised, io: Io): number {
  io.out(`${(100 * sparsity).toFixed(1)} % of the int8 weights are zero`);
  for (const one of derived) io.out(describeDerived(one));
  const missed = derived.flatMap(({ variant, figures }) =>
    figures.verdicts.filter(({ kept }) => !kept).map(({ figure }) => `${variant} misses ${figure}`),
  );
  for (const sentence of missed) io.error(sentence);
  return missed.length > 0 ? 3 : 0;
}

async function run(args: string[], io: Io, files: Files, clock: Clock): Promise<number> {
  const values = readOptions(args, options);
  const work = readWork(values, files);
  const folder = required('out', values.out);
  const folders = foldersOf(values, folder);
  files.makeFolder(folder);
  const runner = createOnnxRunner(files, tmpdir());
  const quantised = await quantise(work, { runner, clock });
  write(files, folder, folders, quantised);
  return report(quantised, io);
}

/** `scanside model quantize`. */
export const modelQuantize: Command = {
  summary: 'derive and measure int8 graphs of a model',
  usage,
  run: (args, io) => runCommand(args, usage, io, () => run(args, io, disk, systemClock)),
};
