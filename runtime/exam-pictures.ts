import type { Bundle } from '../models/bundle.ts';
import type { ActivationMap, InstanceResult } from '../models/outcome.ts';
import type { ExamPictures, ImageName } from './exam-detail.ts';
import type { Standing } from './exam-outcome.ts';
import type { PicturePorts } from './panel-source.ts';
import { imageId, type PreviewSubject } from './preview/plan.ts';
import type { Previews, Reaction } from './preview/previews.ts';
import { mayShow } from './report/heatmap.ts';
import type { Instance } from './spool/instance.ts';
import type { Study } from './spool/study-ledger.ts';

/** What pictures are chosen by. */
export interface ShownStudy {
  study: Study;
  instances: Instance[];
  standing: Standing;
  /** The bundle that the outcome is of; undefined where another version is in service now. */
  bundle: Bundle | undefined;
}

/**
 * What there is to be shown of a study; nothing of one that names two patients. Under `triage-notify` the pictures say
 * nothing of where the model reacted.
 */
export function subjectOf({
  study,
  instances,
  standing,
  bundle,
}: ShownStudy): PreviewSubject | undefined {
  if (study.mismatch) return undefined;
  const { result } = standing;
  return {
    instances,
    judged: new Set(bundle ? result?.inputs : []),
    key: bundle && mayLocate(bundle) ? keyImageOf(standing) : undefined,
  };
}

/** The image that reacted most, of a flag that stands in a result. */
export function keyImageOf(standing: Standing): ImageName | undefined {
  const [strongest] = flaggedIn(standing).toSorted((a, b) => b.probability - a.probability);
  return strongest?.key[0];
}

function flaggedIn({ conclusion, result, withdrawn }: Standing) {
  if (!result || withdrawn || conclusion?.state !== 'flagged') return [];
  return conclusion.findings.filter(({ flagged }) => flagged);
}

function mayLocate({ manifest }: Bundle): boolean {
  return manifest.presentation !== 'triage-notify' && manifest.show.localisation;
}

/** Where a model reacted, of each flagged finding on each image that the flag rests on. */
export function reactionsOf(
  { standing, bundle }: Pick<ShownStudy, 'standing' | 'bundle'>,
  answers: () => ReadonlyMap<string, InstanceResult>,
): { image: ImageName; finding: string; map: ActivationMap }[] {
  const findings = flaggedIn(standing);
  if (!bundle || findings.length === 0 || !mayLocate(bundle) || !mayShow(bundle.manifest))
    return [];
  const known = answers();
  return findings.flatMap(({ finding, key }) =>
    key.flatMap((image) => {
      const map = mapOf(known.get(image.sopInstanceUid), finding, image);
      return map ? [{ image, finding, map }] : [];
    }),
  );
}

function mapOf(
  answer: InstanceResult | undefined,
  finding: string,
  { frame }: ImageName,
): ActivationMap | undefined {
  if (answer?.state !== 'analysed') return undefined;
  const map = answer.maps.find(
    (each) => each.finding === finding && (each.frame === undefined || each.frame === frame),
  );
  return map?.values.some((value) => value > 0) ? map : undefined;
}

/** The reaction to be drawn over one image. */
export function reactionOn(
  shown: Pick<ShownStudy, 'standing' | 'bundle'>,
  answers: () => ReadonlyMap<string, InstanceResult>,
  { sopInstanceUid, frame }: ImageName,
  finding: string,
): Reaction | undefined {
  const found = reactionsOf(shown, answers).find(
    ({ image, finding: of }) =>
      of === finding &&
      image.sopInstanceUid === sopInstanceUid &&
      (frame === undefined || (image.frame ?? 1) === frame),
  );
  if (!found || !shown.bundle) return undefined;
  const { rows, columns, values } = found.map;
  return {
    map: { rows, columns, values: Float32Array.from(values) },
    steps: shown.bundle.manifest.preprocess,
  };
}

/** The pictures of the appliance as the panel asks for them. */
export function connectPictures(
  previews: Previews,
  reactions: (examId: string) => { image: ImageName; finding: string }[],
): PicturePorts {
  return {
    thumbnail: (examId) => previews.thumbnail(examId),
    preview: (examId, imageId) => previews.preview(examId, imageId),
    heatmap: (examId, imageId, finding) => previews.heatmap(examId, imageId, finding),
    ofExam(examId): ExamPictures {
      const { images, previews: state } = previews.images(examId);
      const ids = new Set(images.map(({ id }) => id));
      const nameOf = (image: ImageName) =>
        [imageId(image), imageId({ sopInstanceUid: image.sopInstanceUid })].find((id) =>
          ids.has(id),
        );
      const heatmaps = reactions(examId).flatMap(({ image, finding }) => {
        const id = nameOf(image);
        return id === undefined ? [] : [{ imageId: id, finding }];
      });
      return { images, previews: state, nameOf, heatmaps };
    },
  };
}
