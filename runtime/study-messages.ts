import type { DestinationConfiguration } from './config.ts';
import { deriveUid } from './dicom/uid.ts';
import type { Companion } from './pipeline-ports.ts';
import { buildTransaction } from './report/fhir/transaction.ts';
import { buildOru } from './report/hl7/oru.ts';
import type { PlacedReference, ReportRequest } from './report/request.ts';
import type { Result } from './spool/study-ledger.ts';

/**
 * A result, `result` being its report on the disk, for everyone who is told it without DICOM: one message for each destination, as that one is to have it. Made
 * with the report and kept, so that no later configuration and no newer model changes what is sent. The same result gives
 * the same bytes. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildMessages(
  request: ReportRequest,
  { sopClassUid, sopInstanceUid, seriesUid }: Result,
  destinations: readonly DestinationConfiguration[],
): Companion[] {
  const report = { sopClassUid, sopInstanceUid, seriesInstanceUid: seriesUid };
  const reported = { ...request, report };
  const written = destinations.flatMap((to) => {
    const dataSet = write(reported, to);
    return dataSet ? [{ destination: to.name, dataSet }] : [];
  });
  return written.map((message, at) => ({
    kind: 'message',
    sopClassUid: '',
    sopInstanceUid: deriveUid('message', message.destination, sopInstanceUid),
    seriesInstanceUid: '',
    last: at === written.length - 1,
    ...message,
  }));
}

function write(
  reported: ReportRequest & { report: PlacedReference },
  to: DestinationConfiguration,
): Uint8Array | undefined {
  if (to.protocol === 'hl7') return Buffer.from(buildOru(reported, to).text);
  if (to.protocol !== 'fhir') return undefined;
  const { patientSystem, patientSystems, accessionSystem } = to;
  const systems = {
    patient: patientSystem,
    patientByIssuer: patientSystems,
    accession: accessionSystem,
  };
  return buildTransaction(reported, systems);
}
