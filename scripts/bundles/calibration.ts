import { join } from 'node:path';
import { disk } from '../../device/files.ts';
import { aucWithInterval } from '../../models/evaluation/delong.ts';
import { conformalLimits } from '../../models/evaluation/conformal.ts';
import { fitTemperature } from '../../models/evaluation/temperature.ts';
import type { Label } from '../../models/evaluation/sample.ts';
import { toProportion } from '../../models/figure.ts';
import type { Finding } from '../../models/finding.ts';
import { openDataset } from '../../cli/dataset-folder.ts';
import { readReceived } from '../../cli/dicom-folder.ts';
import { selectItems } from '../../cli/image-selection.ts';
import { examineUnit, loadForUse } from '../../runtime/inference/analysis.ts';

/** One case of the part that the operating point is set on. */
export interface CalibrationCase {
  patient: string;
  label: Label;
  logit: number;
}

/** What the networks of a packed bundle say of the validation part, whatever its gate says. */
export async function scoreValidation(
  bundle: string,
  dataset: string,
  label: string,
): Promise<CalibrationCase[]> {
  const loaded = await loadForUse(bundle, disk);
  const cases: CalibrationCase[] = [];
  for (const { file, labels, patient } of selectItems(openDataset(disk, dataset), 'validation')) {
    const truth = labels[label];
    if (truth !== 0 && truth !== 1) continue;
    const { examinations } = await examineUnit(loaded, [readReceived(disk, join(dataset, file))]);
    const logit = examinations[0]?.logits[0];
    if (logit !== undefined) cases.push({ patient, label: truth, logit });
  }
  await loaded.ensemble.release();
  return cases;
}

const places = (value: number, digits: number) => Number(value.toFixed(digits));

/** The highest threshold of five decimals that keeps the wanted sensitivity. */
function freezeThreshold(probabilities: number[], labels: Label[], sensitivity: number): number {
  const positives = probabilities.filter((_, at) => labels[at] === 1).sort((a, b) => b - a);
  const lowest = positives[Math.ceil(sensitivity * positives.length - 1e-9) - 1] ?? 0.5;
  return Math.floor(lowest * 1e5) / 1e5;
}

type Calibrated = Pick<Finding, 'temperature' | 'threshold' | 'conformal' | 'performance'>;

/** Temperature, frozen threshold, conformal limits and performance of one finding on its validation cases. */
export function calibrate(
  cases: CalibrationCase[],
  { sensitivity, alpha, dataset }: { sensitivity: number; alpha: number; dataset: string },
): Calibrated {
  const labels = cases.map(({ label }) => label);
  const temperature = places(
    fitTemperature(
      labels,
      cases.map(({ logit }) => logit),
    ).temperature,
    4,
  );
  const probabilities = cases.map(({ logit }) => 1 / (1 + Math.exp(-logit / temperature)));
  const threshold = freezeThreshold(probabilities, labels, sensitivity);
  const limits = conformalLimits(labels, probabilities, alpha);
  const count = (label: Label, flagged: boolean) =>
    cases.filter((each, at) => each.label === label && probabilities[at]! >= threshold === flagged)
      .length;
  const of = (label: Label) => labels.filter((each) => each === label).length;
  const { value, low, high } = aucWithInterval(
    labels,
    probabilities,
    cases.map(({ patient }) => patient),
  );
  return {
    temperature,
    threshold,
    conformal: {
      alpha,
      positive: places(Math.min(1, limits.positive), 5),
      negative: places(Math.min(1, limits.negative), 5),
    },
    performance: {
      dataset,
      chosenFor: `highest threshold with a sensitivity of at least ${100 * sensitivity} % on these cases, then frozen`,
      auc: { value: places(value, 4), low: places(low, 4), high: places(high, 4) },
      sensitivity: toProportion(count(1, true), of(1)),
      specificity: toProportion(count(0, false), of(0)),
    },
  };
}
