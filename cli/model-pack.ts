import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ScansideError } from '../device/errors.ts';
import { disk, type Files } from '../device/files.ts';
import { type Bundle, loadBundle } from '../models/bundle.ts';
import { indentedJson } from '../models/canonical-json.ts';
import { writeReference } from '../models/domain/reference-file.ts';
import { type Golden, goldenFile } from '../models/golden.ts';
import { manifestFile } from '../models/manifest-rules.ts';
import { type Manifest, manifestSchema } from '../models/manifest.ts';
import { loadForUse } from '../runtime/inference/analysis.ts';
import { openEnsemble } from '../runtime/inference/ensemble.ts';
import type { Command, Io } from './command.ts';
import { learnDomain } from './domain-learning.ts';
import { completeGolden } from './golden-answers.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';

const usage = `Makes a bundle from a draft: checks it, fills in what only measuring can tell, lists every file with its hash,
and has it pass the device's own loader and self-test.

Usage: scanside model pack --draft FOLDER --out FOLDER [OPTIONS]

  --draft FOLDER        draft.json (a manifest without "files"), the graphs, card.md, LICENSE, golden.json without the
                        hashes of the steps, and the DICOM files that it names
  --out FOLDER          where bundles are kept; NAME/VERSION is made in it and must not be there yet
  --replace             an earlier NAME/VERSION is removed first
  --reference IMAGES    DICOM images of the intended kind: what later images are compared with. Needs a "domain" in the
                        draft
  --calibration IMAGES  other such images, for the limits
  --measure IMAGES      yet others, on which the share of false stops is measured (default: those of the calibration)
                        IMAGES is a folder, or FOLDER@PART of a data set, or FOLDER@PART:K/N, a share of its patients
  --false-stops SHARE   how many of the calibration's images may be outside (default 0.02)
  --beyond SHARE        how many images of the intended kind may lie beyond the line by which another population is told
                        from them (default 0.1); drawn where every image is an exam of its own
  --help                this text

Probabilities that golden.json does not give are those of the full-precision graphs.
`;

const draftSchema = manifestSchema.omit({ files: true });
const goldenDraftSchema = z.strictObject({
  tolerance: z.number().positive().max(0.05),
  cases: z.array(
    z.strictObject({
      files: z.array(z.string()).min(1),
      probabilities: z.record(z.string(), z.number()).optional(),
    }),
  ),
});

export type GoldenDraft = z.infer<typeof goldenDraftSchema>;

const draftFile = 'draft.json';
const driftFile = 'drift.json';

function readJson<T>(files: Files, path: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(files.readText(path));
  } catch (cause) {
    throw new ScansideError('BUNDLE_INVALID', `${path} cannot be read as JSON`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ScansideError(
    'BUNDLE_INVALID',
    `${path} at ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

function listFiles(files: Files, folder: string): Manifest['files'] {
  const names = files.list(folder).filter((name) => name !== manifestFile);
  return Object.fromEntries(
    names.map((name) => {
      const bytes = files.readBytes(join(folder, name));
      return [
        name,
        { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length },
      ];
    }),
  );
}

/** The bundle as far as it goes: what is missing is added before it is loaded in earnest. */
function asBundle(files: Files, folder: string, manifest: Manifest): Bundle {
  return { folder, manifest: { ...manifest, files: listFiles(files, folder) }, hash: '' };
}

function copyDraft(files: Files, draft: string, folder: string): void {
  files.makeFolder(folder);
  for (const name of files.list(draft))
    if (name !== draftFile) files.replace(join(folder, name), files.readBytes(join(draft, name)));
}

function prepareFolder(
  files: Files,
  out: string,
  { name, version }: Manifest['identity'],
  replace: boolean,
): string {
  const folder = join(out, name, version);
  if (files.exists(folder) && !replace)
    throw new ScansideError('BUNDLE_INVALID', `${folder} is there already; --replace removes it`);
  files.removeFolder(folder);
  return folder;
}

interface Options {
  draft: string;
  out: string;
  replace: boolean;
  reference?: string | undefined;
  calibration?: string | undefined;
  measure?: string | undefined;
  falseStops: number;
  beyond: number;
}

const string = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const packOptions = {
  draft: string,
  out: string,
  replace: flag,
  reference: string,
  calibration: string,
  measure: string,
  'false-stops': string,
  beyond: string,
  help: flag,
} as const;

function readShare(option: string, text: string): number {
  const share = Number(text);
  if (share > 0 && share < 0.5) return share;
  throw new UsageError(`--${option} must be a share between 0 and 0.5`);
}

function readRequest(args: string[]): Options {
  const values = readOptions(args, packOptions);
  const { replace = false, reference, calibration, measure } = values;
  if (Boolean(reference) !== Boolean(calibration))
    throw new UsageError('--reference and --calibration come together');
  return {
    draft: required('draft', values.draft),
    out: required('out', values.out),
    replace,
    reference,
    calibration,
    measure,
    falseStops: readShare('false-stops', values['false-stops'] ?? '0.02'),
    beyond: readShare('beyond', values.beyond ?? '0.1'),
  };
}

/** Measures where the domain of the model ends and writes the reference into the folder. */
async function addReference(
  files: Files,
  bundle: Bundle,
  { reference, calibration, measure, falseStops, beyond }: Options,
): Promise<Manifest> {
  const { manifest, folder } = bundle;
  if (!manifest.domain || !reference || !calibration) return manifest;
  const ensemble = await openEnsemble(bundle, files);
  const learnt = await learnDomain(
    files,
    { manifest, ensemble, reference: undefined },
    {
      reference,
      calibration,
      measure: measure ?? calibration,
      falseStops,
      beyond,
    },
  );
  await ensemble.release();
  files.replace(join(folder, manifest.domain.file), writeReference(learnt.reference));
  if (learnt.drift) files.replace(join(folder, driftFile), indentedJson(learnt.drift));
  return {
    ...manifest,
    domain: { ...manifest.domain, ...learnt.domain },
    ...(learnt.drift && { drift: { file: driftFile } }),
  };
}

async function pack(files: Files, options: Options, io: Io): Promise<number> {
  const draft = readJson(files, join(options.draft, draftFile), draftSchema);
  const golden = readJson(files, join(options.draft, goldenFile), goldenDraftSchema);
  const folder = prepareFolder(files, options.out, draft.identity, options.replace);
  copyDraft(files, options.draft, folder);
  const manifest = await addReference(
    files,
    asBundle(files, folder, { ...draft, files: {} }),
    options,
  );
  const complete: Golden = await completeGolden(files, asBundle(files, folder, manifest), golden);
  files.replace(join(folder, goldenFile), indentedJson(complete));
  const whole = { ...manifest, files: listFiles(files, folder) };
  files.replace(join(folder, manifestFile), indentedJson(whole));
  const { hash } = loadBundle(folder, files);
  await loadForUse(folder, files);
  io.out(
    `${folder}\n  bundle ${hash}\n  ${Object.keys(whole.files).length} files, ${complete.cases.length} golden cases`,
  );
  if (whole.domain)
    io.out(
      `  stops ${whole.domain.falseStops.count} of ${whole.domain.falseStops.of} images of the intended kind`,
    );
  if (whole.domain?.population)
    io.out(`  ${whole.domain.population.count} of them are stopped or beyond the line`);
  return 0;
}

/** `scanside model pack`. */
export const packCommand: Command = {
  summary: 'makes a bundle from a draft',
  usage,
  run: (args, io) => runCommand(args, usage, io, () => pack(disk, readRequest(args), io)),
};
