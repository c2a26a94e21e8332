import type { Manifest } from '../manifest.ts';

const lung = { value: '39607008', scheme: 'SCT', meaning: 'Lung' };

/** Rows and columns of the network's input. */
export const inputSide = 96;

/**
 * What is decided about the demonstration bundle before it is trained. `pack.ts` adds what only training can tell:
 * the evidence, and each file's size and hash. The thresholds are chosen once on the tuning set, never on the test set.
 */
export const chestDemo = {
  schema: 1,
  identity: {
    name: 'chest-demo',
    version: '1.0.0',
    vendor: 'Scanside',
    algorithmName: 'Scanside chest phantom DEMO',
    status: 'demo',
  },
  presentation: 'triage-notify',
  labelling: {
    notice:
      'Demonstration model trained on computer-made phantoms. Never seen a patient. No clinical use.',
    intendedUse:
      'Demonstrates and tests the device on chest phantoms that the project draws itself. No clinical use.',
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
  unit: 'instance',
  model: {
    file: 'model.onnx',
    input: { name: 'image', rows: inputSide, columns: inputSide },
    outputs: { logits: 'logits', cam: 'cam', embedding: 'embedding' },
  },
  preprocess: [
    { step: 'modality-lut' },
    { step: 'photometric' },
    { step: 'resize', rows: inputSide, columns: inputSide },
    { step: 'percentile-window', low: 0.5, high: 99.5 },
    { step: 'normalise', mean: 0.5, standardDeviation: 0.25 },
  ],
  findings: [
    {
      id: 'pneumothorax',
      label: 'Suspected pneumothorax',
      finding: { value: '36118008', scheme: 'SCT', meaning: 'Pneumothorax' },
      site: lung,
      threshold: 0.5,
      temperature: 1,
      actionable: 1,
    },
    {
      id: 'pleural-effusion',
      label: 'Suspected pleural effusion',
      finding: { value: '60046008', scheme: 'SCT', meaning: 'Pleural effusion' },
      site: lung,
      threshold: 0.5,
      temperature: 1,
      actionable: 2,
    },
    {
      id: 'nodule',
      label: 'Suspected nodule',
      finding: { value: '427359005', scheme: 'SCT', meaning: 'Solitary nodule of lung' },
      site: lung,
      threshold: 0.5,
      temperature: 1,
      actionable: 3,
    },
  ],
  timeoutMs: 10_000,
} as const satisfies Omit<Manifest, 'evidence' | 'files'>;
