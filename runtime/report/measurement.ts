import { ScansideError } from '../../device/errors.ts';
import type { Finding } from '../../models/manifest.ts';
import type { AnalysedInstance } from '../../models/outcome.ts';
import { trackingUid } from './identity.ts';
import { isProjection } from './modality.ts';
import type { ReportRequest, SourceInstance } from './request.ts';
import type { Measurement } from './tid1501.ts';

interface Score {
  finding: Finding;
  image: SourceInstance;
  probability: number | undefined;
}

/**
 * Which scores the report tells: of projection images each one; of slices, for each finding, the highest; and where
 * nothing was analysed, for each finding, the first image without a probability.
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
  if (conclusion.state === 'not-analysed')
    return findings.flatMap((finding) =>
      images.slice(0, 1).map((image) => ({ finding, image, probability: undefined })),
    );
  const bySopInstanceUid = new Map(images.map((image) => [image.sopInstanceUid, image]));
  return findings.flatMap((finding) => {
    const scores = scoresOf(finding, conclusion.analysed, bySopInstanceUid);
    return scores.every(({ image }) => isProjection(image.modality)) ? scores : highest(scores);
  });
}

function scoresOf(
  finding: Finding,
  analysed: AnalysedInstance[],
  images: Map<string, SourceInstance>,
): Score[] {
  return analysed.flatMap(({ sopInstanceUid, scores }) => {
    const image = images.get(sopInstanceUid);
    if (!image) throw new ScansideError('INTERNAL', `no source image ${sopInstanceUid}`);
    return scores
      .filter((score) => score.finding === finding.id)
      .map(({ probability }) => ({ finding, image, probability }));
  });
}

function highest(scores: Score[]): Score[] {
  return scores.toSorted((a, b) => (b.probability ?? 0) - (a.probability ?? 0)).slice(0, 1);
}
