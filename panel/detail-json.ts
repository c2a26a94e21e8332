import type { ActView } from './act.ts';
import type { AidView, ExamDetail, ImageView, TimelineStep } from './exam-detail.ts';
import { examJson } from './json.ts';

/** Everything about an exam as the API gives it: field by field, as `examJson` does. */
export function detailJson(detail: ExamDetail): ExamDetail {
  return {
    exam: examJson(detail.exam),
    timeline: detail.timeline.map(stepJson),
    images: detail.images.map(imageJson),
    previews: detail.previews,
    aid: detail.aid && aidJson(detail.aid),
    acts: detail.acts.map(actJson),
  };
}

const stepJson = ({ step, at }: TimelineStep): TimelineStep => ({ step, at });

function imageJson(image: ImageView): ImageView {
  const { id, number, rows, columns, signed, slope, intercept, inverted, aspect, etag } = image;
  const windows = image.windows.map(({ name, center, width }) => ({ name, center, width }));
  return { id, number, rows, columns, signed, slope, intercept, inverted, windows, aspect, etag };
}

function aidJson({ findings, keyImage, heatmaps, statement, images }: AidView): AidView {
  return {
    findings: findings.map(findingJson),
    keyImage,
    heatmaps: heatmaps.map(({ imageId, finding }) => ({ imageId, finding })),
    statement,
    ...(images && { images: images.map(imageJson) }),
  };
}

type Finding = AidView['findings'][number];

function findingJson({ id, label, tier, confirmed, spread }: Finding): Finding {
  return { id, label, ...(tier && { tier }), ...shareJson(confirmed), ...(spread && { spread }) };
}

function shareJson(share: Finding['confirmed']): Pick<Finding, 'confirmed'> {
  if (!share) return {};
  const { count, of, low, high } = share;
  return { confirmed: { count, of, low, high } };
}

function actJson({ id, kind, user, at, reason, note }: ActView): ActView {
  return { id, kind, user, at, reason, note };
}
