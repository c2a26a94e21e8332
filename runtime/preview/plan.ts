import { createHash } from 'node:crypto';
import { planUnits } from '../study/unit.ts';

/** A stored instance as far as pictures ask of it. */
export interface StudyImage {
  sopInstanceUid: string;
  seriesUid: string;
  transferSyntaxUid: string;
  /** Where its bytes as received stand. */
  path: string;
  offset: number;
  length: number;
  receivedAt: number;
  facts: {
    modality: string;
    bodyPart: string;
    rows: number;
    columns: number;
    slice: { plane: string; at: number } | undefined;
  };
}

/** An image, or a frame of it, counted from 1. */
export interface ImageName {
  sopInstanceUid: string;
  frame?: number | undefined;
}

/** Which windows beside its own a CT is looked at with. */
export type Region = 'head' | 'body';

/** What there is to be shown of a study. */
export interface PreviewSubject {
  instances: readonly StudyImage[];
  /** SOP Instance UIDs that the deciding model was asked about; none before there is one. */
  judged: ReadonlySet<string>;
  /**
   * The image around which a series of slices is shown; undefined for its middle. Under `triage-notify` always undefined:
   * the slice that reacted is a location.
   */
  key: ImageName | undefined;
  /** Of a CT, where it is known better than from Body Part Examined. */
  region?: Region | undefined;
}

export interface PlannedImage {
  instance: StudyImage;
  /** Place in the series, from 1. */
  number: number;
  /** Of a multi-frame object: the frame around which the others are shown; undefined for the middle one. */
  keyFrame: number | undefined;
  /** Whether it gets a preview; an image may be there for the thumbnail alone. */
  preview: boolean;
  /** The thumbnail is made of it. */
  thumbnail: boolean;
}

/** The pictures that are to be made of a study. */
export interface Plan {
  /** 16 hexadecimal digits, the same for the same pictures. */
  name: string;
  /** Undefined where it is no CT. */
  region: Region | undefined;
  images: PlannedImage[];
}

/** Slices on each side of the key slice: nobody is to read the stack on a panel. */
export const neighbours = 5;
/** Pictures of one study at most. */
export const mostPreviews = 24;
/** Changes when pictures are made differently, so that those of an older program are made again. */
const format = 1;

/** Which of the slices 0 to `count` - 1 are shown around the key slice: up to eleven, fewer at an end. */
export function around(key: number, count: number): { first: number; end: number } {
  return { first: Math.max(0, key - neighbours), end: Math.min(count, key + neighbours + 1) };
}

/** Which frame of so many stands in the middle, counted from 0: of an even number the later one. */
export function middleOf(count: number): number {
  return Math.floor(count / 2);
}

/** The pictures of a study; undefined where it has no image. Nothing is read for it. */
export function planPreviews(subject: PreviewSubject): Plan | undefined {
  const images = subject.instances.filter(({ facts }) => facts.rows > 0 && facts.columns > 0);
  if (images.length === 0) return undefined;
  const stack = chooseStack(images, subject);
  const planned = stack ? planStack(stack, subject) : planImages(images, subject);
  const region = regionOf(planned[0]!.instance, subject);
  return { name: nameOf(planned, region), region, images: planned };
}

/** Of several series of slices the one with the key image, or else with the most that the model judged, or the largest. */
function chooseStack(
  images: readonly StudyImage[],
  { judged, key }: PreviewSubject,
): StudyImage[] | undefined {
  const rank = (stack: StudyImage[]) => [
    Number(stack.some(({ sopInstanceUid }) => sopInstanceUid === key?.sopInstanceUid)),
    stack.filter(({ sopInstanceUid }) => judged.has(sopInstanceUid)).length,
    stack.length,
  ];
  const [best] = planUnits({ kind: 'volume', slices: 1 }, images)
    .map(({ instances }) => ({ instances, rank: rank(instances) }))
    .filter(({ instances }) => instances.length > 1)
    .sort((a, b) => compareRanks(b.rank, a.rank));
  return best?.instances;
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}

function planStack(stack: readonly StudyImage[], { key }: PreviewSubject): PlannedImage[] {
  const middle = middleOf(stack.length);
  const found = stack.findIndex(({ sopInstanceUid }) => sopInstanceUid === key?.sopInstanceUid);
  const { first, end } = around(found < 0 ? middle : found, stack.length);
  return stack
    .map((instance, at) => ({
      instance,
      number: at + 1,
      keyFrame: undefined,
      preview: at >= first && at < end,
      thumbnail: at === middle,
    }))
    .filter(({ preview, thumbnail }) => preview || thumbnail);
}

/** Images that are no slices of one stack, in the order in which they came; those that were judged stay. */
function planImages(
  images: readonly StudyImage[],
  { judged, key }: PreviewSubject,
): PlannedImage[] {
  const isJudged = ({ sopInstanceUid }: StudyImage) => Number(judged.has(sopInstanceUid));
  const kept = new Set(
    images.toSorted((a, b) => isJudged(b) - isJudged(a) || byArrival(a, b)).slice(0, mostPreviews),
  );
  return images
    .filter((image) => kept.has(image))
    .toSorted(byArrival)
    .map((instance, at) => ({
      instance,
      number: at + 1,
      keyFrame: key?.sopInstanceUid === instance.sopInstanceUid ? key.frame : undefined,
      preview: true,
      thumbnail: at === 0,
    }));
}

function byArrival(a: StudyImage, b: StudyImage): number {
  return a.receivedAt - b.receivedAt || (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1);
}

/** PS3.16 annex L: the parts of a head that Body Part Examined may name. */
const head = /HEAD|BRAIN|SKULL|ORBIT|SINUS|EAR|FACE/;

function regionOf({ facts }: StudyImage, { region }: PreviewSubject): Region | undefined {
  if (facts.modality !== 'CT') return undefined;
  return region ?? (head.test(facts.bodyPart.toUpperCase()) ? 'head' : 'body');
}

function nameOf(images: readonly PlannedImage[], region: Region | undefined): string {
  const parts = images.map(({ instance, ...rest }) => {
    const { sopInstanceUid, path, offset } = instance;
    return { sopInstanceUid, path, offset, ...rest };
  });
  const text = JSON.stringify([format, region ?? null, parts]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The name of a picture in addresses: letters, digits, dots and hyphens. */
export function imageId({ sopInstanceUid, frame }: ImageName): string {
  const name = /^[0-9.]{1,64}$/.test(sopInstanceUid)
    ? sopInstanceUid
    : createHash('sha256').update(sopInstanceUid).digest('hex').slice(0, 32);
  return frame === undefined ? name : `${name}-${frame}`;
}
