import type { DestinationConfiguration } from './config.ts';
import { deriveUid } from './dicom/uid.ts';
import type { Companion } from './pipeline.ts';
import { buildTransaction } from './report/fhir/transaction.ts';
import { buildOru } from './report/hl7/oru.ts';
import type { PlacedReference, ReportRequest } from './report/request.ts';

/** A result, and the report that was made of it. */
type Reported = ReportRequest & { report: PlacedReference };

/**
 * A result for everyone who is told it without DICOM: one message for each destination, as that one is to have it. Made
 * with the report and kept, so that no later configuration and no newer model changes what is sent. The same result gives
 * the same bytes. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildMessages(
  reported: Reported,
  destinations: readonly DestinationConfiguration[],
): Companion[] {
  const written = destinations.flatMap((to) => {
    const dataSet = write(reported, to);
    return dataSet ? [{ destination: to.name, dataSet }] : [];
  });
  return written.map((message, at) => ({
    kind: 'message',
    sopClassUid: '',
    sopInstanceUid: deriveUid('message', message.destination, reported.report.sopInstanceUid),
    seriesInstanceUid: '',
    last: at === written.length - 1,
    ...message,
  }));
}

function write(reported: Reported, to: DestinationConfiguration): Uint8Array | undefined {
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
