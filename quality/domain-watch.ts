import { type Proportion, wilson } from '../models/evaluation/proportion.ts';
import { type LimitedChart, makeLimitedChart } from './cusum.ts';

/** Share of exams outside the validated domain that another population, or another kind of image, has at least. */
const strangeShare = 0.5;
/** Exams between false alarms. */
const falseAlarmExams = 100_000;
/** The gate of a bundle may be so strict, or so lenient, that its own share tells nothing below and above. */
const [fewest, most] = [0.005, 0.25];

/**
 * Watches how many exams are unlike those that the bundle was validated on. One of them is an accident, several in a
 * row are another population: an adults' scanner in front of a children's model is met within some ten exams, where
 * windows of 200 are slow and the rate of flags may not change at all. Every exam that the model applies to moves the
 * chart; the event is that the gate has stopped it or that it lies beyond the line of the population, which a single
 * exam may do without harm. The share is what the manifest has measured on exams of the intended kind; its upper limit
 * counts, for a bundle knows its own share badly.
 */
export function makeDomainWatch({ successes, trials }: Proportion): LimitedChart {
  const own = Math.min(most, Math.max(fewest, wilson({ successes, trials }).high));
  return makeLimitedChart(own, strangeShare, falseAlarmExams);
}
