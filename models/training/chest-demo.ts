import type { Finding } from '../finding.ts';
import { toProportion } from '../figure.ts';
import type { Manifest } from '../manifest.ts';

const lung = { value: '39607008', scheme: 'SCT', meaning: 'Lung' };

/** Rows and columns of the network's input. */
export const inputSide = 96;

/** What was measured once on 1,200 phantoms (seeds from 5,000,000) that had no part in training or in the thresholds. */
function measured(
  auc: { value: number; low: number; high: number },
  [found, positives]: [number, number],
  [spared, negatives]: [number, number],
): Finding['performance'] {
  return {
    dataset:
      '1,200 computer-made phantoms of the same generator; says nothing about images of patients',
    chosenFor: 'lowest threshold of two decimals with a specificity of 98 % on 900 other phantoms',
    auc,
    sensitivity: toProportion(found, positives),
    specificity: toProportion(spared, negatives),
  };
}

/** The demonstration bundle on phantoms, before it is packed: all but its files. */
export const chestDemo = {
  schema: 2,
  minimumRuntime: '0.1.0',
  identity: {
    name: 'chest-demo',
    version: '1.0.0',
    vendor: 'Scanside',
    algorithmName: 'Scanside chest phantom DEMO',
    status: 'demo',
  },
  presentation: 'triage-notify',
  show: { flag: true, localisation: false, qualityHint: false },
  labelling: {
    notice:
      'Demonstration model trained on computer-made phantoms. Never seen a patient. No clinical use.',
    intendedUse:
      'Demonstrates and tests the device on chest phantoms that the project draws itself. No clinical use.',
    contraindications: ['Every image of a patient.'],
    limitations: [
      'Trained and tested on computer-made phantoms only; it has never seen an image of a patient.',
      'What it answers on an image of a patient means nothing.',
      'Its figures on phantoms say nothing about clinical performance.',
    ],
  },
  applies: {
    modality: ['DX', 'CR'],
    sopClass: ['1.2.840.10008.5.1.4.1.1.1.1', '1.2.840.10008.5.1.4.1.1.1'],
    bodyPart: ['CHEST'],
    viewPosition: ['PA', 'AP'],
    excludedImageType: ['LOCALIZER', 'SECONDARY'],
    minimumSize: 128,
  },
  preprocess: [
    { step: 'modality-lut' },
    { step: 'photometric' },
    { step: 'resize', rows: inputSide, columns: inputSide },
    { step: 'percentile-window', low: 0.5, high: 99.5 },
    { step: 'normalise', mean: 0.5, standardDeviation: 0.25 },
  ],
  network: {
    members: [{ fp32: 'model.onnx' }],
    runs: { cpu: 'fp32', tensorrt: 'fp32' },
    input: {
      name: 'image',
      kind: 'image',
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
      id: 'pneumothorax',
      label: 'Suspected pneumothorax',
      finding: { value: '36118008', scheme: 'SCT', meaning: 'Pneumothorax' },
      site: lung,
      threshold: 0.13,
      temperature: 1,
      actionable: 1,
      performance: measured({ value: 0.9975, low: 0.9957, high: 0.9993 }, [277, 286], [889, 914]),
    },
    {
      id: 'pleural-effusion',
      label: 'Suspected pleural effusion',
      finding: { value: '60046008', scheme: 'SCT', meaning: 'Pleural effusion' },
      site: lung,
      threshold: 0.16,
      temperature: 1,
      actionable: 2,
      performance: measured({ value: 0.9994, low: 0.9988, high: 0.9999 }, [329, 335], [857, 865]),
    },
    {
      id: 'nodule',
      label: 'Suspected nodule',
      finding: { value: '427359005', scheme: 'SCT', meaning: 'Solitary nodule of lung' },
      site: lung,
      threshold: 0.16,
      temperature: 1,
      actionable: 3,
      performance: measured({ value: 0.9938, low: 0.9894, high: 0.9982 }, [423, 436], [745, 764]),
    },
  ],
  aggregation: { by: 'highest' },
  domain: { file: 'reference.bin', tolerated: 0, falseStops: { count: 0, of: 1 } },
  explanation: {
    method: 'class-activation-map',
    statement: 'Where the network reacted, on a grid of 12 × 12. It does not outline a finding.',
  },
  limits: { timeoutMs: 10_000, peakMegabytes: 200 },
  evidence: {
    statement:
      'Trained on 5900 and tested on 1200 computer-made phantoms of the same generator. This shows that the software works. It shows nothing about images of patients.',
    cases: 1200,
  },
  provenance: {
    training: 'models/training/train.py',
    data: 'Phantoms that models/phantom/ draws. No image of a person was used at any point.',
    licence: 'Apache-2.0',
  },
} satisfies Omit<Manifest, 'files'>;
