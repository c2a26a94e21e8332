import { ScansideError } from '../../device/errors.ts';
import type { Finding } from '../../models/manifest.ts';
import type { AnalysedInstance, StudyFinding } from '../../models/outcome.ts';
import { seenIn } from './assessment.ts';
import { trackingUid } from './identity.ts';
import { isProjection } from './modality.ts';
import type { ReportRequest, SourceInstance } from './request.ts';
import type { Measurement } from './tid1501.ts';

interface Score {
  finding: Finding;
  image: SourceInstance;
  probability: number | undefined;
  spread: number | undefined;
}

/**
 * Which scores the report tells: of projection images that of each one; of slices, for each finding, that of the series on its
 * strongest slice; and where nothing was analysed, for each finding, the first image without a probability.
 */
export function selectMeasurements(
  request: ReportRequest,
  images: SourceInstance[],
  studyInstanceUid: string,
): Measurement[] {
  return selectScores(request, images).map((score) => ({
    ...score,
    trackingUid: trackingUid(
      request,
      studyInstanceUid,
      score.image.sopInstanceUid,
      score.finding.id,
    ),
  }));
}

function selectScores({ conclusion, manifest }: ReportRequest, images: SourceInstance[]): Score[] {
  const findings = manifest?.findings ?? [];
  const seen = seenIn(conclusion);
  if (!seen)
    return findings.flatMap((finding) =>
      images
        .slice(0, 1)
        .map((image) => ({ finding, image, probability: undefined, spread: undefined })),
    );
  const bySopInstanceUid = new Map(images.map((image) => [image.sopInstanceUid, image]));
  return findings.flatMap((finding) => {
    const scores = scoresOf(finding, seen.analysed, bySopInstanceUid);
    if (scores.every(({ image }) => isProjection(image.modality))) return strongestOfEach(scores);
    const whole = seen.findings.find((each) => each.finding === finding.id);
    return whole ? [scoreOfSeries(whole, scores, finding, bySopInstanceUid)] : [];
  });
}

function scoresOf(
  finding: Finding,
  analysed: AnalysedInstance[],
  images: Map<string, SourceInstance>,
): Score[] {
  return analysed.flatMap(({ sopInstanceUid, scores }) => {
    const image = imageOf(sopInstanceUid, images);
    return scores
      .filter((score) => score.finding === finding.id)
      .map(({ probability, spread }) => ({ finding, image, probability, spread }));
  });
}

/** Of the frames of an image the one with the highest probability: a finding on an image is told once. */
function strongestOfEach(scores: Score[]): Score[] {
  return Array.from(Map.groupBy(scores, ({ image }) => image).values(), (ofImage) =>
    ofImage.reduce((one, other) =>
      (other.probability ?? 0) > (one.probability ?? 0) ? other : one,
    ),
  );
}

/** The spread is known only where the probability is that of one slice, and not made of several. */
function scoreOfSeries(
  { probability, key }: StudyFinding,
  scores: Score[],
  finding: Finding,
  images: Map<string, SourceInstance>,
): Score {
  const image = imageOf(key[0]?.sopInstanceUid ?? '', images);
  const own = scores.find((score) => score.image === image && score.probability === probability);
  return { finding, image, probability, spread: own?.spread };
}

function imageOf(sopInstanceUid: string, images: Map<string, SourceInstance>): SourceInstance {
  const image = images.get(sopInstanceUid);
  if (!image) throw new ScansideError('INTERNAL', `no source image ${sopInstanceUid}`);
  return image;
}
