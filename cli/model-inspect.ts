import { disk } from '../device/files.ts';
import { type Bundle, loadBundle } from '../models/bundle.ts';
import { indentedJson } from '../models/canonical-json.ts';
import type { Finding, Manifest } from '../models/manifest.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Says what a bundle is: for what, with what evidence, and what it may show. Nothing of it is run.

Usage: scanside model inspect --bundle FOLDER [--json]

  --bundle FOLDER   the folder NAME/VERSION of a bundle
  --json            prints the manifest and the bundle's hash
  --help            this text`;

const options = {
  bundle: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Share = { count: number; of: number; low: number; high: number };

function percent({ count, of, low, high }: Share): string {
  const text = (value: number) => (100 * value).toFixed(1);
  return `${text(count / of)} % (${text(low)}-${text(high)}), ${count} of ${of}`;
}

function findingLines({ id, label, threshold, temperature, performance }: Finding): string[] {
  const { auc, sensitivity, specificity, dataset, chosenFor } = performance;
  return [
    `${id}: "${label}", flagged from ${threshold}, temperature ${temperature}`,
    `  AUC          ${auc.value} (${auc.low}-${auc.high})`,
    `  sensitivity  ${percent(sensitivity)}`,
    `  specificity  ${percent(specificity)}`,
    `  measured on  ${dataset}`,
    `  threshold    ${chosenFor}`,
  ];
}

function stepText({ step, ...values }: Manifest['preprocess'][number]): string {
  const told = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return told.length > 0 ? `${step} (${told.join(', ')})` : step;
}

function networkLines({ network, preprocess, domain, limits }: Manifest): string[] {
  const { members, input, runs } = network;
  const stops = domain && `${domain.falseStops.count} of ${domain.falseStops.of}`;
  return [
    `network      ${members.length} member(s), ${input.kind} ${input.rows} x ${input.columns}, runs ${runs.cpu} on the CPU, ${runs.tensorrt} with TensorRT`,
    `preprocess   ${preprocess.map(stepText).join(' > ')}`,
    `domain       ${stops ? `guarded; stops ${stops} images of the intended kind` : 'not guarded'}`,
    `limits       ${limits.timeoutMs} ms, ${limits.peakMegabytes} MB`,
  ];
}

function describe({ manifest, hash }: Bundle): string {
  const { identity, labelling, presentation, show, applies } = manifest;
  const shown = Object.entries(show).flatMap(([name, on]) => (on ? [name] : []));
  return [
    `${identity.name} ${identity.version} by ${identity.vendor}, ${identity.status}`,
    labelling.notice,
    `bundle       ${hash}`,
    `intended     ${labelling.intendedUse}`,
    `not for      ${labelling.contraindications.join(' ')}`,
    `applies to   ${indentedJson(applies).replaceAll(/\s+/g, ' ').trim()}`,
    `presents as  ${presentation}: ${shown.join(', ') || 'nothing'}`,
    ...networkLines(manifest),
    ...manifest.findings.flatMap(findingLines),
    `limitations  ${labelling.limitations.join(' ')}`,
  ].join('\n');
}

/** `scanside model inspect`. */
export const inspectCommand: Command = {
  summary: 'says what a bundle is and what it is worth',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const bundle = loadBundle(required('bundle', values.bundle), disk);
      const { manifest, hash } = bundle;
      io.out(values.json ? indentedJson({ hash, manifest }) : describe(bundle));
      return 0;
    }),
};
