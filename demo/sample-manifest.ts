import type { Manifest } from '../models/manifest.ts';

/** A chest X-ray model with two findings, as a bundle would declare it; there is no network behind it. */
export const sampleManifest: Manifest = {
  schema: 1,
  identity: {
    name: 'chest-demo',
    version: '1.2.3',
    vendor: 'Scanside',
    algorithmName: 'Scanside chest demonstration',
    status: 'demo',
  },
  presentation: 'triage-notify',
  labelling: {
    notice: 'Demonstration model. Not for clinical use. Not reviewed by a physician.',
    intendedUse: 'To show how the appliance works.',
    limitations: ['Trained on drawn phantoms only.'],
  },
  applies: {
    modality: ['CR', 'DX'],
    sopClass: ['1.2.840.10008.5.1.4.1.1.1', '1.2.840.10008.5.1.4.1.1.1.1'],
    bodyPart: ['CHEST'],
    viewPosition: ['PA', 'AP'],
    excludedImageType: ['LOCALIZER'],
    minimumSize: 64,
  },
  unit: 'instance',
  model: {
    file: 'model.onnx',
    input: { name: 'image', rows: 224, columns: 224 },
    outputs: { logits: 'logits', cam: 'cam', embedding: 'embedding' },
  },
  preprocess: [{ step: 'modality-lut' }, { step: 'resize', rows: 224, columns: 224 }],
  findings: [
    {
      id: 'pneumothorax',
      label: 'suspected pneumothorax',
      finding: { value: '36118008', scheme: 'SCT', meaning: 'Pneumothorax' },
      site: { value: '39607008', scheme: 'SCT', meaning: 'Lung' },
      threshold: 0.62,
      temperature: 1.35,
      actionable: 1,
    },
    {
      id: 'effusion',
      label: 'suspected pleural effusion',
      finding: { value: '60046008', scheme: 'SCT', meaning: 'Pleural effusion' },
      site: { value: '39607008', scheme: 'SCT', meaning: 'Lung' },
      threshold: 0.5,
      temperature: 1,
      actionable: 2,
    },
  ],
  timeoutMs: 5000,
  evidence: {
    statement: 'Drawn phantoms; says nothing of patients.',
    auc: { pneumothorax: 0.97, effusion: 0.95 },
    cases: 200,
  },
  files: {},
};
