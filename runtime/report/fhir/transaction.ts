import { seenIn } from '../assessment.ts';
import { type Identifier, uuidIdentifier } from './datatype.ts';
import { describeDevice } from './device.ts';
import { describeReport } from './diagnostic-report.ts';
import { describeFindings, type ReportedRequest } from './observation.ts';
import { type FhirSystems, studyContext } from './study-context.ts';

interface NamedResource {
  resourceType: string;
  identifier: Identifier[];
}

/**
 * A result as a FHIR R4 transaction, in JSON and UTF-8: a Device, an Observation for each finding and a
 * DiagnosticReport, each created only where there is none with its identifier. The same request and systems give the
 * same bytes. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildTransaction(request: ReportedRequest, systems: FhirSystems): Uint8Array {
  const shown = withheld(request);
  const context = studyContext(shown, systems);
  const device = describeDevice(shown);
  const findings = describeFindings(shown, context, referTo(device));
  const report = describeReport(shown, context, findings.map(referTo));
  const entry = [device, ...findings, report].map(createOnce);
  const bundle = { resourceType: 'Bundle', type: 'transaction', timestamp: context.issued, entry };
  return Buffer.from(JSON.stringify(bundle));
}

/** Where the model may not show its flag, no answer of its leaves: neither yes nor no. */
function withheld(request: ReportedRequest): ReportedRequest {
  const { conclusion, manifest } = request;
  if (manifest?.show.flag !== false || !seenIn(conclusion)) return request;
  return { ...request, conclusion: { state: 'not-analysed', reason: 'unwritable', detail: '' } };
}

/** Conditional create (FHIR R4, http, 3.1.0.8.1). */
function createOnce(resource: NamedResource) {
  const { system, value } = resource.identifier[0]!;
  return {
    fullUrl: placeOf(resource),
    resource,
    request: {
      method: 'POST',
      url: resource.resourceType,
      ifNoneExist: `identifier=${system}|${value}`,
    },
  };
}

function referTo(resource: NamedResource) {
  return { reference: placeOf(resource), type: resource.resourceType };
}

/** What a resource is called within the transaction, until the server gives it an id. */
function placeOf({ resourceType, identifier }: NamedResource): string {
  return uuidIdentifier('place', resourceType, identifier[0]!.value).value;
}
