import { createHash } from 'node:crypto';
import { deriveUid } from '../dicom/uid.ts';
import { algorithmOf } from './algorithm.ts';
import type { DocumentKind } from './document-header.ts';
import type { ReportRequest } from './request.ts';

/** Names the device as an observer: the same for all its life. */
export function deviceObserverUid({ device }: ReportRequest): string {
  return deriveUid('device', device.manufacturer, device.model, device.serial);
}

/**
 * One series for each kind of document, device, model version and study, so that viewers which show only the newest SR
 * of a series show all.
 */
export function documentSeriesUid(
  kind: DocumentKind,
  request: ReportRequest,
  studyInstanceUid: string,
): string {
  return deriveUid('series', kind, ...resultSource(request), studyInstanceUid);
}

/** `content`: the whole data set but for its SOP Instance UID; whatever changes in it changes the UID. */
export function documentInstanceUid(
  kind: DocumentKind,
  request: ReportRequest,
  studyInstanceUid: string,
  content: Uint8Array,
): string {
  const hash = createHash('sha256').update(content).digest('hex');
  return deriveUid('instance', kind, ...resultSource(request), studyInstanceUid, hash);
}

/** Names one finding on one image of one study across the reports about it. */
export function trackingUid(
  request: ReportRequest,
  studyInstanceUid: string,
  sopInstanceUid: string,
  findingId: string,
): string {
  const source = resultSource(request);
  return deriveUid('tracking', ...source, studyInstanceUid, sopInstanceUid, findingId);
}

function resultSource(request: ReportRequest): string[] {
  const { name, version } = algorithmOf(request);
  return [request.device.serial, name, version, request.bundleHash];
}
