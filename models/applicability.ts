import type { Manifest } from './manifest.ts';

/** What an image's header says of itself. A text is undefined where the attribute is absent or empty. */
export interface ImageFacts {
  modality: string | undefined;
  sopClassUid: string;
  bodyPart: string | undefined;
  viewPosition: string | undefined;
  imageType: readonly string[];
  rows: number | undefined;
  columns: number | undefined;
}

export type Judgement = { applies: true } | { applies: false; why: string };

type Applicability = Manifest['applies'];

/** Each rule gives the sentence of why not, or undefined. The first that speaks decides. */
const rules: ((rule: Applicability, facts: ImageFacts) => string | undefined)[] = [
  ({ modality }, facts) =>
    modality.includes(facts.modality ?? '') ? undefined : `Modality is ${quote(facts.modality)}`,
  ({ sopClass }, facts) =>
    sopClass.includes(facts.sopClassUid) ? undefined : `SOP Class is ${quote(facts.sopClassUid)}`,
  ({ excludedImageType }, facts) => {
    const excluded = facts.imageType.find((value) => excludedImageType.includes(upper(value)));
    return excluded === undefined ? undefined : `Image Type has ${quote(excluded)}`;
  },
  ({ bodyPart }, facts) =>
    bodyPart.includes(upper(facts.bodyPart))
      ? undefined
      : `Body Part Examined is ${quote(facts.bodyPart)}`,
  ({ viewPosition }, facts) =>
    !facts.viewPosition || viewPosition.includes(upper(facts.viewPosition))
      ? undefined
      : `View Position is ${quote(facts.viewPosition)}`,
  ({ minimumSize }, { rows = 0, columns = 0 }) =>
    Math.min(rows, columns) >= minimumSize
      ? undefined
      : `The image has ${rows} rows and ${columns} columns, fewer than ${minimumSize}`,
];

function upper(text: string | undefined): string {
  return (text ?? '').trim().toUpperCase();
}

/** Header text comes from outside: shortened to what a CS can hold, so that no sentence is flooded. */
function quote(text: string | undefined): string {
  return text ? `'${text.slice(0, 64)}'` : 'absent';
}

/** Whether a model is intended for an image, and if not, why, in a sentence without patient data. */
export function judgeApplicability(manifest: Manifest, facts: ImageFacts): Judgement {
  for (const rule of rules) {
    const why = rule(manifest.applies, facts);
    if (why !== undefined) return { applies: false, why };
  }
  return { applies: true };
}
