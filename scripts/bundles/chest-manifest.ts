import type { Finding } from '../../models/finding.ts';
import type { Manifest } from '../../models/manifest.ts';

export type Population = 'child' | 'adult';

/** Rows and columns of the networks' input. */
const side = 224;

interface Words {
  people: string;
  age: NonNullable<Manifest['applies']['ageYears']>;
  data: string;
  labels: string;
  source: string;
}

const words: Record<Population, Words> = {
  child: {
    people: 'children of 1 to 5 years',
    age: { low: 1, high: 5, absent: 'gate' },
    data: 'Kermany et al., Cell 172(5), 2018, doi:10.1016/j.cell.2018.02.010, CC BY 4.0: frontal radiographs of children of one hospital; 83 % of the patients trained, 17 % validated',
    labels:
      'Labels are one reading by graders of one hospital; the pictures were stretched to a square by whoever published them.',
    source: 'children of one hospital (Kermany et al. 2018)',
  },
  adult: {
    people: 'adults',
    age: { low: 18, high: 120, absent: 'gate' },
    data: 'Wang et al., CVPR 2017 (ChestX-ray14, NIH Clinical Center), free to use with attribution: 811 frontal radiographs; 80 % of the patients trained, 20 % validated',
    labels:
      'Labels were mined from the text of reports, not read from the pictures: about one in ten is expected to be wrong.',
    source: 'patients of one hospital (ChestX-ray14)',
  },
};

export const finding = { id: 'opacity' } as const;

/** What a chest bundle says before anything is measured: the finding as far as it goes, and all but the files. */
export function chestManifest(
  population: Population,
  members: Manifest['network']['members'],
  measured: Pick<Finding, 'temperature' | 'threshold' | 'conformal' | 'performance'>,
  cases: number,
): Omit<Manifest, 'files'> {
  const { people, age, data, labels, source } = words[population];
  return {
    schema: 2,
    minimumRuntime: '0.1.0',
    identity: {
      name: `chest-${population}`,
      version: '1.0.0',
      vendor: 'Scanside',
      algorithmName: `Scanside chest opacity, ${people}`,
      status: 'investigational',
    },
    presentation: 'triage-notify',
    show: { flag: true, localisation: false, qualityHint: false },
    labelling: {
      notice: `Research model for radiographs of ${people}, trained on public data of one hospital. Not for clinical use.`,
      intendedUse: `Shows what a device can do with a radiograph of the chest of ${people}: flags a picture that looks like pneumonia. Not for clinical use.`,
      contraindications: [
        `Everybody who is not among ${people}.`,
        'Lateral views, images of other body parts, and every decision about a patient.',
      ],
      limitations: [
        labels,
        `Trained and validated on ${source}; what it does elsewhere has not been measured here.`,
        'The threshold was set on the same validation part that the figures come from; only other data can show how it carries over.',
        'The absence of a flag says nothing: other findings were never looked for.',
      ],
    },
    applies: {
      modality: ['DX', 'CR'],
      sopClass: ['1.2.840.10008.5.1.4.1.1.1.1', '1.2.840.10008.5.1.4.1.1.1'],
      bodyPart: ['CHEST', 'THORAX', 'LUNG'],
      anatomicRegion: [
        { value: '816094009', scheme: 'SCT' },
        { value: '51185008', scheme: 'SCT' },
        { value: 'T-D3000', scheme: 'SRT' },
      ],
      viewPosition: ['PA', 'AP'],
      excludedImageType: ['LOCALIZER', 'SECONDARY'],
      minimumSize: side,
      ageYears: age,
      photometric: ['MONOCHROME1', 'MONOCHROME2'],
    },
    preprocess: [
      { step: 'modality-lut' },
      { step: 'voi' },
      { step: 'photometric' },
      { step: 'resize', rows: side, columns: side },
      { step: 'percentile-window', low: 1, high: 99 },
    ],
    network: {
      members,
      runs: {
        cpu: members[0]?.['int8.cpu'] ? 'int8.cpu' : 'fp32',
        tensorrt: members[0]?.['int8.trt'] ? 'int8.trt' : 'fp32',
      },
      input: { name: 'image', kind: 'image', rows: side, columns: side, slices: 1, batch: 8 },
      outputs: { logits: 'logits', cam: 'cam', embedding: 'embedding' },
      views: [],
    },
    findings: [
      {
        id: finding.id,
        label: 'suspected lung opacity',
        finding: { value: '233604007', scheme: 'SCT', meaning: 'Pneumonia' },
        site: { value: '39607008', scheme: 'SCT', meaning: 'Lung' },
        actionable: 2,
        ...measured,
      },
    ],
    aggregation: { by: 'highest' },
    domain: { file: 'reference.bin', tolerated: 0, falseStops: { count: 0, of: 1 } },
    explanation: {
      method: 'class-activation-map',
      statement: 'A rough indication where the network reacted. It does not outline a finding.',
    },
    limits: { timeoutMs: 10_000, peakMegabytes: 250 },
    evidence: {
      statement: `Patient-level validation on ${source}. It shows nothing about other hospitals, and nothing clinical.`,
      cases,
    },
    provenance: {
      training: 'models/training/chest',
      data,
      ...(members[0]?.['int8.cpu'] && {
        quantisation: 'scanside model quantize, minmax on 256 training images',
      }),
      licence: 'Apache-2.0; the training data need the attribution that the card gives',
    },
  };
}
