import type { Manifest } from '../../models/manifest.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { dcm } from './code.ts';
import { type ContentItem, codeItem, imageItem, rootContainer, textItem } from './content.ts';
import {
  documentAttributes,
  equipmentAttributes,
  seriesAttributes,
  studyInstanceUidOf,
} from './document-header.ts';
import { hierarchicalReferences } from './evidence.ts';
import { patientAndStudy } from './header.ts';
import { deviceObserverUid, documentInstanceUid, documentSeriesUid } from './identity.ts';
import { isProjection } from './modality.ts';
import { referencedRequests } from './requested-procedure.ts';
import type { ReportObject, ReportRequest, SourceInstance } from './request.ts';
import { deviceObserver } from './tid1001.ts';
import { english } from './tid1500.ts';

/** Key Object Selection Document Storage (PS3.4 B.5). */
export const keyObjectSelection = '1.2.840.10008.5.1.4.1.1.88.59';

const description = 'Slices on which the model raised its flag.';

/**
 * The slices that made a flag, as a Key Object Selection by TID 2010. Undefined where nothing is flagged, where every
 * image is an examination of its own, and where the bundle may not say where a model reacted. The same request gives
 * the same bytes. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildKeyObjects(request: ReportRequest): ReportObject | undefined {
  const slices = keySlices(request);
  if (!request.manifest?.show.localisation || slices.length === 0) return undefined;
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = documentSeriesUid('KO', request, study);
  const content = {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    ReferencedRequestSequence: referencedRequests(request.source, study),
    ...seriesAttributes('KO', seriesInstanceUid),
    ...equipmentAttributes(request),
    ...documentAttributes(keyObjectSelection, request),
    CurrentRequestedProcedureEvidenceSequence: hierarchicalReferences(study, slices),
    ...selection(request, request.manifest, slices),
  };
  return seal(content, request, study, seriesInstanceUid);
}

function seal(
  content: Attributes,
  request: ReportRequest,
  study: string,
  seriesInstanceUid: string,
): ReportObject {
  const sopInstanceUid = documentInstanceUid('KO', request, study, encodeAttributes(content));
  const dataSet = encodeAttributes({ ...content, SOPInstanceUID: sopInstanceUid });
  return { sopClassUid: keyObjectSelection, sopInstanceUid, seriesInstanceUid, dataSet };
}

/** The images behind the flags, each once, in the order of the study. */
function keySlices({ conclusion, instances }: ReportRequest): SourceInstance[] {
  if (conclusion.state !== 'flagged') return [];
  const flagged = conclusion.findings.filter((finding) => finding.flagged);
  const keys = new Set(
    flagged.flatMap(({ key }) => key.map(({ sopInstanceUid }) => sopInstanceUid)),
  );
  return instances.filter(
    ({ sopInstanceUid, modality }) => keys.has(sopInstanceUid) && !isProjection(modality),
  );
}

/** TID 2010 Key Object Selection (PS3.16). */
function selection(
  request: ReportRequest,
  { labelling }: Manifest,
  slices: SourceInstance[],
): ContentItem {
  const language = dcm('121049', 'Language of Content Item and Descendants');
  return rootContainer(
    dcm('113000', 'Of Interest'),
    [
      codeItem('HAS CONCEPT MOD', language, english),
      ...deviceObserver(request.device, deviceObserverUid(request)),
      textItem(
        'CONTAINS',
        dcm('113012', 'Key Object Description'),
        `${description} ${labelling.notice}`,
      ),
      ...slices.map((slice) => imageItem('CONTAINS', undefined, slice)),
    ],
    '2010',
  );
}
