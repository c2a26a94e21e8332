// Makes the demonstration bundle's golden cases and manifest from what train.py has written.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { disk, type Files } from '../../device/files.ts';
import { loadBundle, manifestFile } from '../bundle.ts';
import { goldenFile } from '../golden.ts';
import type { Manifest } from '../manifest.ts';
import { chestDemo } from './chest-demo.ts';

const usage = `Usage: pack.ts TRAINED BUNDLE
TRAINED holds model.onnx, training.json and golden.json as train.py has written them. BUNDLE receives the model, the
golden cases and a manifest.json; card.md and LICENSE must be there already.
`;

const rate = z.number().min(0).max(1);
const training = z.object({
  thresholds: z.record(z.string(), rate),
  auc: z.record(z.string(), rate),
  operatingPoints: z.record(
    z.string(),
    z.object({ sensitivity: rate, specificity: rate, positives: z.int(), negatives: z.int() }),
  ),
  cases: z.int(),
  trainingCases: z.int(),
});

type Training = z.infer<typeof training>;

function percent(value: number | undefined): string {
  return `${(100 * (value ?? 0)).toFixed(1)} %`;
}

function describeEvidence({ operatingPoints, cases, trainingCases }: Training): string {
  const points = Object.entries(operatingPoints).map(
    ([id, { sensitivity, specificity }]) =>
      `${id}: sensitivity ${percent(sensitivity)}, specificity ${percent(specificity)}`,
  );
  return [
    `Trained on ${trainingCases} and tested on ${cases} computer-made phantoms of the same generator.`,
    `At thresholds set beforehand on other phantoms: ${points.join('; ')}.`,
    'This shows that the software works. It shows nothing about images of patients.',
  ].join(' ');
}

/** Keys in order, so that the same bundle is always the same bytes. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}

function listFiles(files: Files, bundle: string): Manifest['files'] {
  const names = files.list(bundle).filter((name) => name !== manifestFile);
  return Object.fromEntries(
    names.map((name) => {
      const bytes = files.readBytes(join(bundle, name));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return [name, { sha256, size: bytes.length }];
    }),
  );
}

function makeManifest(files: Files, bundle: string, figures: Training): unknown {
  const findings = chestDemo.findings.map((finding) => ({
    ...finding,
    threshold: figures.thresholds[finding.id] ?? finding.threshold,
  }));
  const { auc, cases } = figures;
  const evidence = { statement: describeEvidence(figures), auc, cases };
  return { ...chestDemo, findings, evidence, files: listFiles(files, bundle) };
}

function pack(files: Files, trained: string, bundle: string): void {
  const figures = training.parse(JSON.parse(files.readText(join(trained, 'training.json'))));
  for (const name of [chestDemo.model.file, goldenFile])
    files.replace(join(bundle, name), files.readBytes(join(trained, name)));
  const manifest = canonical(makeManifest(files, bundle, figures));
  files.replace(join(bundle, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  loadBundle(bundle, files);
}

const [trained, bundle] = process.argv.slice(2);
if (trained && bundle) pack(disk, trained, bundle);
else process.stderr.write(usage);
process.exitCode = trained && bundle ? 0 : 2;
