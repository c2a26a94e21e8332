import type { Bundle } from '../models/bundle.ts';
import type { Conclusion, Withdrawal } from '../models/outcome.ts';
import type { PipelinePorts, ReportInput } from './pipeline-ports.ts';
import type { Instance } from './spool/instance.ts';
import type { Result } from './spool/study-ledger.ts';

/**
 * Amends the report of every flag of a study that a person has taken back: a new document that names the old one, which
 * stays as it is. Each is made once, with the same bytes however often it is tried, kept and sent.
 */
export async function amend(ports: PipelinePorts, studyUid: string): Promise<void> {
  for (const { reportUid, ...withdrawal } of ports.withdrawals(studyUid)) {
    const results = ports.studies.results(studyUid);
    const original = results.find(({ sopInstanceUid }) => sopInstanceUid === reportUid);
    if (!original) continue;
    const input = describe(ports, original, withdrawal, ports.spool.instances(studyUid));
    const known = results.find(({ amends }) => amends === reportUid);
    const amended = known ?? (await write(ports, original, input));
    if (amended) await send(ports, amended, input);
  }
}

/**
 * What the amended report is made of. Where the model is no longer the one that raised the flag, its findings cannot be
 * told again, and the document says only that its flag is taken back.
 */
function describe(
  { rules }: PipelinePorts,
  original: Result,
  withdrawal: Withdrawal,
  all: Instance[],
): ReportInput {
  const covered = new Set(original.inputs);
  const instances = all.filter(({ sopInstanceUid }) => covered.has(sopInstanceUid));
  const bundle = rules
    .route(instances)
    .map((route) => route.bundle)
    .find((each) => raised(each, original));
  return {
    bundle,
    instances,
    conclusion: bundle ? original.conclusion : flagAlone,
    at: withdrawal.at,
    predecessor: original,
    withdrawal,
  };
}

const flagAlone: Conclusion = { state: 'flagged', analysed: [], missed: [], findings: [] };

function raised({ hash, manifest }: Bundle, { model, bundleHash }: Result): boolean {
  return manifest.identity.name === model && (bundleHash === '' || bundleHash === hash);
}

async function write(
  ports: PipelinePorts,
  original: Result,
  input: ReportInput,
): Promise<Result | undefined> {
  const { conclusion, object, broken } = ports.buildReport(input);
  if (!object || broken.length > 0) {
    const rules = broken.map(({ id }) => id).join(', ');
    ports.failed('amendment', original.studyUid, `it breaks ${rules}; ${conclusion.state}`);
    return undefined;
  }
  const { path: _path, offset: _offset, length: _length, ...meta } = original;
  const record = await ports.spool.append(
    {
      ...meta,
      at: input.at,
      madeAt: ports.clock.now(),
      sopClassUid: object.sopClassUid,
      sopInstanceUid: object.sopInstanceUid,
      seriesUid: object.seriesInstanceUid,
      amends: original.sopInstanceUid,
      withdrawal: input.withdrawal,
    },
    object.dataSet,
  );
  return ports.studies.indexResult(record);
}

/** To the PACS, and as a message to those who are told without DICOM. */
async function send(ports: PipelinePorts, amended: Result, input: ReportInput): Promise<void> {
  const { studyUid, sopInstanceUid: reportUid } = amended;
  ports.outbox.add(reportUid);
  ports.changed(studyUid);
  for await (const { dataSet, ...companion } of ports.buildCompanions(input, amended)) {
    ports.objects.index(await ports.spool.append({ ...companion, studyUid, reportUid }, dataSet));
    ports.outbox.add(companion.sopInstanceUid);
  }
}
