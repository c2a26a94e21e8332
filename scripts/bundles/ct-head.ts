// Makes the bundle for head CT of trained and quantised weights, its domain learnt from generated heads.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { packCommand } from '../../cli/model-pack.ts';
import { makeHeadSeries } from '../../demo/head-study.ts';
import { disk } from '../../device/files.ts';
import { toProportion } from '../../models/figure.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ScanRequest } from '../../models/phantom/head/scan.ts';
import {
  ctHeadPreprocess,
  goldenSeries,
  inputSide,
  referenceCheckSeries,
  referenceSeries,
} from '../../models/training/ct-head/ct-head.ts';
import { writePart10 } from '../../runtime/dicom/part10.ts';

const usage = `Usage: node scripts/launch.mjs scripts/bundles/ct-head.ts --trained FOLDER --texts FOLDER --out FOLDER

  --trained FOLDER   model.onnx, training.json and int8/model.int8.{cpu,trt}.onnx
  --texts FOLDER     card.md and LICENSE
  --out FOLDER       where bundles are kept
`;

const counts = z.object({ count: z.int(), of: z.int() });
const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() });
const trainingSchema = z.object({
  temperature: z.number(),
  thresholds: z.object({ series: z.number() }),
  top: z.int(),
  conformal: z.object({ alpha: z.number(), positive: z.number(), negative: z.number() }),
  series: z.object({ auc: estimate, sensitivity: counts, specificity: counts }),
});

type Training = z.infer<typeof trainingSchema>;

function manifestOf({
  temperature,
  thresholds,
  top,
  conformal,
  series,
}: Training): Omit<Manifest, 'files'> {
  const { auc, sensitivity, specificity } = series;
  return {
    schema: 2,
    minimumRuntime: '0.1.0',
    identity: {
      name: 'ct-head-demo',
      version: '1.0.0',
      vendor: 'Scanside',
      algorithmName: 'Scanside head CT phantom DEMO',
      status: 'demo',
    },
    presentation: 'triage-notify',
    show: { flag: true, localisation: false, qualityHint: false },
    labelling: {
      notice:
        'Simulated: a demonstration model trained on generated heads. Never seen a patient. No clinical use.',
      intendedUse:
        'Demonstrates and tests the way of a CT series through the device on heads that the project generates itself. No clinical use.',
      contraindications: ['Every image of a patient.'],
      limitations: [
        'Trained and tested on generated heads only; it has never seen an image of a patient.',
        'It misses small haemorrhages that lie in one or two slices, and takes some calcified basal ganglia for one.',
        'Its figures say nothing about clinical performance.',
      ],
    },
    applies: {
      modality: ['CT'],
      sopClass: ['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.2.1'],
      bodyPart: ['HEAD', 'BRAIN', 'SKULL'],
      anatomicRegion: [
        { value: '69536005', scheme: 'SCT' },
        { value: 'T-D1100', scheme: 'SRT' },
      ],
      excludedImageType: ['LOCALIZER', 'SECONDARY'],
      minimumSize: 128,
      photometric: ['MONOCHROME2'],
      sliceThickness: { low: 2, high: 16 },
      contrast: false,
    },
    preprocess: [...ctHeadPreprocess],
    network: {
      members: [
        {
          fp32: 'model.fp32.onnx',
          'int8.cpu': 'model.int8.cpu.onnx',
          'int8.trt': 'model.int8.trt.onnx',
        },
      ],
      // The symmetric graph misses a golden case by more than the tolerance.
      runs: { cpu: 'int8.cpu', tensorrt: 'fp32' },
      input: {
        name: 'image',
        kind: 'slice',
        rows: inputSide,
        columns: inputSide,
        slices: 1,
        batch: 16,
      },
      outputs: { logits: 'logits', cam: 'cam', embedding: 'embedding' },
      views: [],
    },
    findings: [
      {
        id: 'haemorrhage',
        label: 'suspected intracranial haemorrhage',
        finding: { value: '1386000', scheme: 'SCT', meaning: 'Intracranial hemorrhage' },
        site: { value: '12738006', scheme: 'SCT', meaning: 'Brain' },
        temperature,
        threshold: thresholds.series,
        conformal,
        actionable: 1,
        performance: {
          dataset:
            'Simulated: generated series of the same generator; says nothing about images of patients',
          chosenFor: 'set on other generated series, then frozen',
          auc,
          sensitivity: toProportion(sensitivity.count, sensitivity.of),
          specificity: toProportion(specificity.count, specificity.of),
        },
      },
    ],
    aggregation: { by: 'top', k: top },
    domain: { file: 'reference.bin', tolerated: 0.34, falseStops: { count: 0, of: 1 } },
    explanation: {
      method: 'class-activation-map',
      statement: 'A rough indication where the network reacted. It does not outline a finding.',
    },
    limits: { timeoutMs: 10_000, peakMegabytes: 250 },
    evidence: {
      statement:
        'Simulated. This shows that the software works. It shows nothing about images of patients.',
      cases: sensitivity.of + specificity.of,
    },
    provenance: {
      training: 'models/training/ct-head',
      data: 'Heads that models/phantom/head/ generates. No image of a person was used at any point.',
      quantisation: 'scanside model quantize, minmax on 256 generated slices',
      licence: 'Apache-2.0',
    },
  };
}

const patient = { name: 'DEMO^GOLDEN', id: 'DEMO-0000' };

/** Writes the slices of generated series and gives their names, series by series. */
function writeSeries(folder: string, name: string, requests: readonly ScanRequest[]): string[][] {
  mkdirSync(folder, { recursive: true });
  return requests.map(({ seed, ...request }) => {
    const study = { ...request, seed, patient, studyInstanceUid: `2.25.${seed}` };
    return [...makeHeadSeries(study)].map((slice, at) => {
      const file = `${name}-${seed}-${String(at).padStart(2, '0')}.dcm`;
      writeFileSync(join(folder, file), writePart10(slice, slice.dataSet));
      return file;
    });
  });
}

function writeDraft(draft: string, trained: string, texts: string): void {
  const training = trainingSchema.parse(JSON.parse(disk.readText(join(trained, 'training.json'))));
  const cases = writeSeries(draft, 'golden', goldenSeries).map((files) => ({ files }));
  writeFileSync(join(draft, 'draft.json'), JSON.stringify(manifestOf(training)));
  writeFileSync(join(draft, 'golden.json'), JSON.stringify({ tolerance: 0.05, cases }));
  copyFileSync(join(trained, 'model.onnx'), join(draft, 'model.fp32.onnx'));
  for (const name of ['model.int8.cpu.onnx', 'model.int8.trt.onnx'])
    copyFileSync(join(trained, 'int8', name), join(draft, name));
  for (const name of ['card.md', 'LICENSE']) {
    const path = join(texts, name);
    if (existsSync(path)) copyFileSync(path, join(draft, name));
  }
}

async function make(trained: string, texts: string, out: string): Promise<number> {
  const work = join(tmpdir(), `ct-head-${process.pid}`);
  const folder = (name: string) => join(work, name);
  mkdirSync(folder('draft'), { recursive: true });
  writeDraft(folder('draft'), trained, texts);
  writeSeries(folder('reference'), 'slice', referenceSeries);
  writeSeries(
    folder('calibration'),
    'slice',
    referenceCheckSeries.map(({ seed, ...rest }) => ({ ...rest, seed: seed + 500_000 })),
  );
  writeSeries(folder('measure'), 'slice', referenceCheckSeries);
  const images = ['reference', 'calibration', 'measure'].flatMap((name) => [
    `--${name}`,
    folder(name),
  ]);
  const status = await packCommand.run(
    ['--draft', folder('draft'), '--out', out, '--replace', ...images],
    {
      out: console.log,
      error: console.error,
    },
  );
  rmSync(work, { recursive: true });
  return status;
}

const string = { type: 'string' } as const;
const { trained, texts, out } = parseArgs({
  options: { trained: string, texts: string, out: string },
}).values;
if (trained && texts && out) process.exitCode = await make(trained, texts, out);
else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
