import type { Conclusion } from '../../models/outcome.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { buildReport } from './report.ts';
import type { ReportObject, ReportRequest } from './request.ts';
import { type BrokenRule, checkReport } from './rules.ts';

/** A result that may be sent, or one that may not. */
export interface CheckedReport {
  /** What the report says: the request's own conclusion, or that it could not be written. */
  conclusion: Conclusion;
  /** Undefined where not even that may be sent, such as a report on images of two patients. */
  object: ReportObject | undefined;
  /** The rules that the report of the request's own conclusion breaks; whoever looks after the device should know. */
  broken: BrokenRule[];
}

/**
 * The report of a result, if it keeps every rule. Otherwise the study is told to be not analysed, and where that breaks
 * a rule too, nothing may be sent. `sources`: headers of the images as far as they are at hand. The same request gives
 * the same bytes. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildCheckedReport(
  request: ReportRequest,
  sources: readonly DataSet[] = [request.source],
): CheckedReport {
  const object = buildReport(request);
  const broken = checkReport(object.dataSet, request, sources);
  if (broken.length === 0) return { conclusion: request.conclusion, object, broken };
  const conclusion: Conclusion = {
    state: 'not-analysed',
    reason: 'unwritable',
    detail: `It breaks ${ruleNames(broken)}`,
  };
  const instead = buildReport({ ...request, conclusion });
  const isSound = checkReport(instead.dataSet, { ...request, conclusion }, sources).length === 0;
  return { conclusion, object: isSound ? instead : undefined, broken };
}

function ruleNames(broken: BrokenRule[]): string {
  const names = [...new Set(broken.map(({ id }) => id))];
  return `${names.length === 1 ? 'the rule' : 'the rules'} ${names.join(', ')}`;
}
