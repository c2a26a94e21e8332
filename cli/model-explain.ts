import { join } from 'node:path';
import { disk } from '../device/files.ts';
import { indentedJson } from '../models/canonical-json.ts';
import { replacements } from '../models/explanation/hiding.ts';
import { encodePng } from '../models/explanation/png.ts';
import { drawSheet } from '../models/explanation/sheet.ts';
import type { Manifest } from '../models/manifest.ts';
import { type LoadedBundle, loadForUse } from '../runtime/inference/analysis.ts';
import type { Command, Io } from './command.ts';
import { readReceived } from './dicom-folder.ts';
import { type Case, openCase } from './explanation-case.ts';
import { explanationText, methodNames, warningsOf } from './explanation-text.ts';
import { type Drawn, explainCase, type Explanation, type Method, methods } from './explanation.ts';
import { choice, readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';

const usage = `Shows where a model reacted on one image, by up to three methods that should agree, as pictures and as text. It is for
whoever makes or judges a model; it is no picture for a technologist's screen.

Usage: scanside model explain --bundle FOLDER --image FILE --out FOLDER [OPTIONS]

  --bundle FOLDER   the folder NAME/VERSION of a bundle
  --image FILE      a DICOM file of the kind that the model is intended for
  --out FOLDER      takes explanation.png, explanation.txt and explanation.json; files there are replaced
  --finding ID      a finding of the model; without it the one furthest above its threshold
  --method LIST     some of cam,occlusion,superpixels; without it all that the model allows
                      cam          the network's own class activation map
                      occlusion    how much the logit drops when a patch is hidden
                      superpixels  LIME: weights of pieces in a linear model of the logit
  --hide HOW        what hidden parts are replaced with (blur)
                      blur          the image without anything small; also removes large findings
                      surroundings  filled from what lies around; better for small findings, blind to large ones
  --frame N         frame of a multi-frame image, from 1 (1)
  --seed N          of the masks of the superpixels (1)
  --size N          pixels of the longer side of each picture, 240 to 2000 (480)
  --help            this text

The picture shows the patient's image. Names, identifiers and UIDs are in none of the files.

Exit code: 0 explained, also where the gate would stop the image; 1 refused or failed; 2 called wrongly.`;

const options = {
  bundle: { type: 'string' },
  image: { type: 'string' },
  out: { type: 'string' },
  finding: { type: 'string' },
  method: { type: 'string' },
  hide: { type: 'string', default: 'blur' },
  frame: { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
  size: { type: 'string', default: '480' },
  help: { type: 'boolean' },
} as const;

/** Each method once, in the order of the list of all. */
function readMethods(text: string | undefined): Method[] | undefined {
  if (text === undefined) return undefined;
  const asked = text.split(',').map((each) => choice('method', each.trim(), methods));
  return methods.filter((method) => asked.includes(method));
}

function readRequest(args: string[]) {
  const values = readOptions(args, options);
  return {
    folder: required('bundle', values.bundle),
    image: required('image', values.image),
    out: required('out', values.out),
    finding: values.finding,
    asked: readMethods(values.method),
    replacement: choice('hide', values.hide, replacements),
    frame: wholeNumber('frame', values.frame, 1, 100_000),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
    size: wholeNumber('size', values.size, 240, 2000),
  };
}

type Request = ReturnType<typeof readRequest>;

/** What a bundle without a map allows; asking for the map is a mistake. */
function chooseMethods({ network, identity }: Manifest, asked: Method[] | undefined): Method[] {
  const hasMap = network.outputs.cam !== undefined;
  if (asked?.includes('cam') && !hasMap)
    throw new UsageError(`--method: ${identity.name} has no class activation map`);
  return asked ?? methods.filter((method) => method !== 'cam' || hasMap);
}

/** Checks the finding before any work. Undefined: the case decides. */
function headOf({ findings, identity }: Manifest, id: string | undefined): number | undefined {
  if (id === undefined) return undefined;
  const head = findings.findIndex((finding) => finding.id === id);
  if (head >= 0) return head;
  const known = findings.map((finding) => finding.id).join(', ');
  throw new UsageError(`--finding: ${identity.name} has no ${id}, but ${known}`);
}

const logitOf = (probability: number) => Math.log(probability / (1 - probability));

/** The finding whose probability lies furthest above its threshold, in logits. */
function strongest({ findings }: Manifest, { examination }: Case): number {
  const above = findings.map(
    ({ threshold }, at) => logitOf(examination.scores[at]!.probability) - logitOf(threshold),
  );
  return above.indexOf(Math.max(...above));
}

const titleOf = ({ method }: Drawn, { methods: answers }: Explanation) => {
  const fit = answers.find((answer) => answer.method === method)?.made['fit'];
  return typeof fit === 'number'
    ? `${methodNames[method]}, fit R2 ${fit.toFixed(2)}`
    : methodNames[method];
};

function drawExplanation(
  explanation: Explanation,
  drawn: readonly Drawn[],
  { opened, size }: { opened: Case; size: number },
): Uint8Array {
  const { model, finding, network, caveat } = explanation;
  const said = finding.flagged ? 'reached' : 'not reached';
  const sheet = drawSheet({
    input: { ...network, values: opened.input },
    layers: drawn.map((each) => ({ ...each, title: titleOf(each, explanation) })),
    warnings: warningsOf(explanation),
    above: [
      `${model.name} ${model.version}: ${finding.id}`,
      `probability ${finding.probability.toFixed(3)}, threshold ${finding.threshold} ${said}`,
    ],
    below: [caveat, model.notice],
    size,
  });
  return encodePng(sheet);
}

function writeFiles(out: string, png: Uint8Array, explanation: Explanation): void {
  disk.makeFolder(out);
  disk.replace(join(out, 'explanation.png'), png);
  disk.replace(join(out, 'explanation.txt'), explanationText(explanation));
  disk.replace(join(out, 'explanation.json'), indentedJson(explanation));
}

async function explain(loaded: LoadedBundle, request: Request, io: Io): Promise<number> {
  const { manifest } = loaded;
  const chosen = chooseMethods(manifest, request.asked);
  const asked = headOf(manifest, request.finding);
  const opened = await openCase(loaded, () => readReceived(disk, request.image), request.frame);
  if (opened.state === 'refused') {
    io.error(`Not explained: ${opened.why}`);
    return 1;
  }
  const head = asked ?? strongest(manifest, opened);
  const { seed, replacement, size, out } = request;
  const { explanation, drawn } = await explainCase({
    loaded,
    opened,
    head,
    chosen,
    seed,
    replacement,
  });
  writeFiles(out, drawExplanation(explanation, drawn, { opened, size }), explanation);
  io.out(`${explanationText(explanation)}\nWritten to ${out}`);
  return 0;
}

/** `scanside model explain`. */
export const explainCommand: Command = {
  summary: 'shows where a model reacted on one image',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const request = readRequest(args);
      const loaded = await loadForUse(request.folder, disk);
      try {
        return await explain(loaded, request, io);
      } finally {
        await loaded.ensemble.release();
      }
    }),
};
