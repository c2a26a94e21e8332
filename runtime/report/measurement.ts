import { ScansideError } from '../../device/errors.ts';
import type { Finding } from '../../models/manifest.ts';
import type { AnalysedInstance, StudyFinding } from '../../models/outcome.ts';
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
 * Which scores the report tells: of projection images each one; of slices, for each finding, that of the series on its
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
  if (conclusion.state === 'not-analysed')
    return findings.flatMap((finding) =>
      images.slice(0, 1).map((image) => ({ finding, image, probability: undefined })),
    );
  const bySopInstanceUid = new Map(images.map((image) => [image.sopInstanceUid, image]));
  return findings.flatMap((finding) => {
    const scores = scoresOf(finding, conclusion.analysed, bySopInstanceUid);
    if (scores.every(({ image }) => isProjection(image.modality))) return scores;
    const whole = conclusion.findings.find((each) => each.finding === finding.id);
    return whole ? [scoreOfSeries(finding, whole, bySopInstanceUid)] : [];
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
      .map(({ probability }) => ({ finding, image, probability }));
  });
}

function scoreOfSeries(
  finding: Finding,
  { probability, key }: StudyFinding,
  images: Map<string, SourceInstance>,
): Score {
  return { finding, image: imageOf(key[0]?.sopInstanceUid ?? '', images), probability };
}

function imageOf(sopInstanceUid: string, images: Map<string, SourceInstance>): SourceInstance {
  const image = images.get(sopInstanceUid);
  if (!image) throw new ScansideError('INTERNAL', `no source image ${sopInstanceUid}`);
  return image;
}
