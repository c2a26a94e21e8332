import type { ReportRequest } from './request.ts';

/** Images of one result at most that something is laid over: nobody looks at more, and a series may have hundreds. */
export const mostKeyImages = 16;

/** An image that a flag rests on, or a frame of it, counted from 1. */
export interface KeyImage {
  sopInstanceUid: string;
  frame?: number | undefined;
}

/**
 * The images that the flags of a result rest on, each with its finding: the strongest image of each finding before the
 * next of any. None where nothing is flagged.
 */
export function flaggedKeys({ conclusion }: ReportRequest): (KeyImage & { finding: string })[] {
  if (conclusion.state !== 'flagged') return [];
  const flagged = conclusion.findings.filter((each) => each.flagged);
  const most = Math.max(...flagged.map(({ key }) => key.length));
  return Array.from({ length: most }, (_, rank) => rank).flatMap((rank) =>
    flagged.flatMap(({ finding, key }) => {
      const image = key[rank];
      return image ? [{ ...image, finding }] : [];
    }),
  );
}

/** The same images, each once, at most `mostKeyImages`; none where the bundle may not say where it reacted. */
export function keyImages(request: ReportRequest): KeyImage[] {
  if (!request.manifest?.show.localisation) return [];
  const images = new Map<string, KeyImage>();
  for (const { sopInstanceUid, frame } of flaggedKeys(request))
    images.set(`${sopInstanceUid} ${frame}`, { sopInstanceUid, frame });
  return [...images.values()].slice(0, mostKeyImages);
}
