import type { Companion, ReportInput } from './pipeline.ts';
import { secondaryCapture } from './report/heatmap.ts';
import { buildKeyObjects, keyObjectSelection } from './report/key-object.ts';
import type { ReportObject, ReportRequest } from './report/request.ts';
import { type BrokenRule, checkKeyObjects } from './report/rules.ts';
import type { ObjectKind } from './spool/outgoing-object.ts';
import { requestOf, type StudyReportOptions } from './study-report.ts';

/** What may stand beside a report. */
export type CompanionKind = Companion['kind'];

/** The SOP class of each kind. */
export const companionClasses: Partial<Record<ObjectKind, string>> = {
  'key-objects': keyObjectSelection,
  heatmap: secondaryCapture,
};

export interface CompanionOptions extends StudyReportOptions {
  /** What somebody is to have. */
  wanted: ReadonlySet<ObjectKind>;
  /** What is on the disk already. */
  finished: ReadonlySet<ObjectKind>;
  /** Told what could not be made, and why; for the log. The report stands without it. */
  failed(kind: CompanionKind, error: unknown): void;
}

/** An object, and the rules that it breaks. */
interface Checked {
  object: ReportObject;
  broken: BrokenRule[];
}

/**
 * What stands beside a report, one kind after the other, the most urgent first. Every object keeps every rule of ours,
 * or is left out and told. The same result gives the same bytes.
 */
export async function* buildCompanions(
  input: ReportInput,
  options: CompanionOptions,
): AsyncIterable<Companion> {
  for (const { kind, make } of makers) {
    if (!options.wanted.has(kind) || options.finished.has(kind)) continue;
    const made = await attempt(kind, options, () => make(requestOf(input, options)));
    for (const [at, object] of made.entries())
      yield { kind, ...object, destination: '', last: at === made.length - 1 };
  }
}

/** How the objects of each kind are made, the most urgent kind first. */
const makers: readonly {
  kind: CompanionKind;
  make(request: ReportRequest): Checked[] | Promise<Checked[]>;
}[] = [{ kind: 'key-objects', make: selectKeyObjects }];

function selectKeyObjects(request: ReportRequest): Checked[] {
  const object = buildKeyObjects(request);
  return object ? [{ object, broken: checkKeyObjects(object.dataSet, request) }] : [];
}

async function attempt(
  kind: CompanionKind,
  { failed }: CompanionOptions,
  make: () => Checked[] | Promise<Checked[]>,
): Promise<ReportObject[]> {
  try {
    const made = await make();
    for (const { broken } of made)
      if (broken.length > 0) failed(kind, `it breaks ${broken.map(({ id }) => id).join(', ')}`);
    return made.filter(({ broken }) => broken.length === 0).map(({ object }) => object);
  } catch (error) {
    failed(kind, error);
    return [];
  }
}
