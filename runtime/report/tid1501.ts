import type { Finding } from '../../models/manifest.ts';
import type { Algorithm } from './algorithm.ts';
import { dcm, sct } from './code.ts';
import {
  type ContentItem,
  type Reference,
  codeItem,
  containerItem,
  imageItem,
  percentItem,
  textItem,
  uidItem,
} from './content.ts';
import { algorithmIdentification } from './tid4019.ts';

const sourceOfMeasurement = dcm('121112', 'Source of Measurement');

/** What a model says of one finding on one image. */
export interface Measurement {
  finding: Finding;
  image: Reference;
  trackingUid: string;
  /** 0 to 1; undefined where the image was not analysed. */
  probability: number | undefined;
  /** Standard deviation of the probability; undefined where it is not known. */
  spread: number | undefined;
}

/**
 * TID 1501 Measurement and Qualitative Evaluation Group (PS3.16). Every NUM has a child, without which OHIF's
 * reading of the document fails.
 */
export function measurementGroup(measurement: Measurement, algorithm: Algorithm): ContentItem {
  const { finding, image } = measurement;
  const children = [
    textItem('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), finding.id),
    uidItem(
      'HAS OBS CONTEXT',
      dcm('112040', 'Tracking Unique Identifier'),
      measurement.trackingUid,
    ),
    codeItem('CONTAINS', dcm('121071', 'Finding'), finding.finding),
    codeItem('HAS CONCEPT MOD', sct('363698007', 'Finding Site'), finding.site),
    ...algorithmIdentification(algorithm),
    ...probabilityItems(measurement),
    imageItem('CONTAINS', sourceOfMeasurement, image),
  ];
  return containerItem('CONTAINS', dcm('125007', 'Measurement Group'), children, '1501');
}

function probabilityItems(measurement: Measurement): ContentItem[] {
  const { finding, image, probability, spread } = measurement;
  if (probability === undefined) return [];
  const source = imageItem('INFERRED FROM', sourceOfMeasurement, image);
  const method = codeItem(
    'HAS CONCEPT MOD',
    sct('370129005', 'Measurement Method'),
    dcm('111012', 'Certainty of Finding'),
  );
  return [
    percentItem('CONTAINS', dcm('122157', 'Probability'), probability, [source]),
    ...(spread === undefined ? [] : [uncertaintyItem(spread, source)]),
    percentItem('CONTAINS', dcm('122411', 'Threshold Value'), finding.threshold, [method]),
  ];
}

/** The probability once more, as the standard deviation that a Derivation makes of it; rounded up, never down. */
function uncertaintyItem(spread: number, source: ContentItem): ContentItem {
  const derivation = codeItem(
    'HAS CONCEPT MOD',
    dcm('121401', 'Derivation'),
    sct('386136009', 'Standard Deviation'),
  );
  const upward = Math.ceil(spread * 10_000 - 1e-6) / 10_000;
  return percentItem('CONTAINS', dcm('122157', 'Probability'), upward, [derivation, source]);
}
