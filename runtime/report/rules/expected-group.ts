import { seenIn } from '../assessment.ts';
import { isImageClass } from '../image-class.ts';
import { isProjection } from '../modality.ts';
import type { ReportRequest } from '../request.ts';
import { concepts } from './concept.ts';
import { type ContentNode, childrenOf, referenceOf } from './document.ts';

/** A group that a result calls for; without a probability where nothing was analysed. */
export interface ExpectedGroup {
  /** Finding and image. */
  key: string;
  probability?: number | undefined;
  spread?: number | undefined;
}

/** The same of a group that is there. */
export function groupKey(group: ContentNode): string {
  const finding = childrenOf(group, concepts.trackingIdentifier)[0]?.text ?? '';
  return `${finding} ${childrenOf(group, concepts.source).map(referenceOf)[0] ?? ''}`;
}

export function expectedOf(group: ContentNode, request: ReportRequest): ExpectedGroup[] {
  const key = groupKey(group);
  return expectedGroups(request).filter((expected) => expected.key === key);
}

/** For each finding: a group on every projection image, or one on the strongest slice, or one without a number. */
export function expectedGroups(request: ReportRequest): ExpectedGroup[] {
  const seen = seenIn(request.conclusion);
  return (request.manifest?.findings ?? []).flatMap(({ id }) => {
    if (!seen) return onFirstImage(id, request);
    const modalities = new Map(
      request.instances.map((each) => [each.sopInstanceUid, each.modality]),
    );
    const analysed = seen.analysed.filter(({ scores }) =>
      scores.some(({ finding }) => finding === id),
    );
    const everyImage = analysed.every(({ sopInstanceUid }) =>
      isProjection(modalities.get(sopInstanceUid) ?? ''),
    );
    return everyImage
      ? analysed.map(({ sopInstanceUid }) => onImage(id, sopInstanceUid, request))
      : seen.findings
          .filter(({ finding }) => finding === id)
          .map(({ key, probability }) => ({
            ...onImage(id, key[0]?.sopInstanceUid ?? '', request, probability),
            probability,
          }));
  });
}

function onFirstImage(finding: string, { instances }: ReportRequest): ExpectedGroup[] {
  const image = instances.find(({ sopClassUid }) => isImageClass(sopClassUid));
  return image ? [{ key: `${finding} ${image.sopInstanceUid}` }] : [];
}

/** The strongest score of an image, or the one with a given probability. */
function onImage(
  finding: string,
  sopInstanceUid: string,
  { conclusion }: ReportRequest,
  exactly?: number,
): ExpectedGroup {
  const scores = (seenIn(conclusion)?.analysed ?? [])
    .filter((each) => each.sopInstanceUid === sopInstanceUid)
    .flatMap((each) => each.scores.filter((score) => score.finding === finding))
    .filter(({ probability }) => exactly === undefined || probability === exactly)
    .toSorted((one, other) => other.probability - one.probability);
  const { probability, spread } = scores[0] ?? {};
  return { key: `${finding} ${sopInstanceUid}`, probability, spread };
}
