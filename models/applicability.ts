import type { Applicability } from './applicability-rule.ts';
import type { Manifest } from './manifest.ts';

/** What an image's header says of itself. A text is undefined or empty where the attribute is absent or empty. */
export interface ImageFacts {
  modality: string | undefined;
  sopClassUid: string;
  bodyPart: string | undefined;
  viewPosition: string | undefined;
  imageType: readonly string[];
  rows: number | undefined;
  columns: number | undefined;
  /** Whole years at the time of the study. */
  ageYears?: number | undefined;
  anatomicRegion?: { value: string; scheme: string } | undefined;
  photometric?: string | undefined;
  bitsStored?: number | undefined;
  /** Millimetres between rows. */
  pixelSpacing?: number | undefined;
  sliceThickness?: number | undefined;
  manufacturer?: string | undefined;
  /** Whether a contrast agent is named. */
  contrast?: boolean | undefined;
}

/** `because` says what is unknown where the model applies only because the gate judges the image itself. */
export type Judgement = { applies: true; because?: string } | { applies: false; why: string };

type Rule = (rule: Applicability, facts: ImageFacts) => string | undefined;

/** Each rule gives the sentence of why not, or undefined. The first that speaks decides. */
const rules: Rule[] = [
  ({ modality }, facts) =>
    modality.includes(facts.modality ?? '') ? undefined : `Modality is ${quote(facts.modality)}`,
  ({ sopClass }, facts) =>
    sopClass.includes(facts.sopClassUid) ? undefined : `SOP Class is ${quote(facts.sopClassUid)}`,
  ({ excludedImageType }, facts) => {
    const excluded = facts.imageType.find((value) => excludedImageType.includes(upper(value)));
    return excluded === undefined ? undefined : `Image Type has ${quote(excluded)}`;
  },
  ({ bodyPart, anatomicRegion = [] }, facts) =>
    bodyPart.includes(upper(facts.bodyPart)) ||
    anatomicRegion.some((code) => isSameCode(code, facts.anatomicRegion))
      ? undefined
      : `Body Part Examined is ${quote(facts.bodyPart)}`,
  ({ viewPosition }, facts) =>
    !facts.viewPosition || !viewPosition || viewPosition.includes(upper(facts.viewPosition))
      ? undefined
      : `View Position is ${quote(facts.viewPosition)}`,
  ({ minimumSize }, { rows = 0, columns = 0 }) =>
    Math.min(rows, columns) >= minimumSize
      ? undefined
      : `The image has ${rows} rows and ${columns} columns, fewer than ${minimumSize}`,
  ({ ageYears }, facts) => {
    if (!ageYears) return undefined;
    if (facts.ageYears === undefined)
      return ageYears.absent === 'gate' ? undefined : 'The patient’s age is absent';
    return isWithin(ageYears, facts.ageYears)
      ? undefined
      : `The patient’s age is outside ${ageYears.low} to ${ageYears.high} years`;
  },
  ({ photometric }, facts) =>
    !photometric || photometric.includes(facts.photometric ?? '')
      ? undefined
      : `Photometric Interpretation is ${quote(facts.photometric)}`,
  ({ bitsStored }, facts) =>
    isWithin(bitsStored, facts.bitsStored) ? undefined : `Bits Stored is ${facts.bitsStored}`,
  ({ pixelSpacing }, facts) =>
    isWithin(pixelSpacing, facts.pixelSpacing)
      ? undefined
      : `Pixel Spacing is ${facts.pixelSpacing} mm`,
  ({ sliceThickness }, facts) =>
    isWithin(sliceThickness, facts.sliceThickness)
      ? undefined
      : `Slice Thickness is ${facts.sliceThickness} mm`,
  ({ deniedManufacturer = [] }, facts) =>
    deniedManufacturer.includes(upper(facts.manufacturer))
      ? `Manufacturer is ${quote(facts.manufacturer)}`
      : undefined,
  ({ contrast }, facts) =>
    contrast === false && facts.contrast ? 'A contrast agent is named' : undefined,
];

/** What is absent is accepted: the rules that need it say so themselves. */
function isWithin(range: { low: number; high: number } | undefined, value: number | undefined) {
  return !range || value === undefined || (value >= range.low && value <= range.high);
}

function isSameCode(
  one: { value: string; scheme: string },
  other: { value: string; scheme: string } | undefined,
): boolean {
  return one.value === other?.value && one.scheme === other.scheme;
}

function upper(text: string | undefined): string {
  return (text ?? '').trim().toUpperCase();
}

/** Header text comes from outside: shortened to what a CS can hold, so that no sentence is flooded. */
function quote(text: string | undefined): string {
  return text ? `'${text.slice(0, 64)}'` : 'absent';
}

/** Whether a model is intended for an image, and if not, why, in a sentence without patient data. */
export function judgeApplicability(
  { applies }: Pick<Manifest, 'applies'>,
  facts: ImageFacts,
): Judgement {
  for (const rule of rules) {
    const why = rule(applies, facts);
    if (why !== undefined) return { applies: false, why };
  }
  return applies.ageYears && facts.ageYears === undefined
    ? { applies: true, because: 'The patient’s age is absent: the image itself decides' }
    : { applies: true };
}
