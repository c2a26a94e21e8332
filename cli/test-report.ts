import { headerOf } from '../demo/report-sample.ts';
import type { Configuration } from '../runtime/config.ts';
import type { StorableObject } from '../runtime/dicom/sender.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { formsOf, lowerReport } from '../runtime/report/form.ts';
import { describeMoment } from '../runtime/report/moment.ts';
import { buildReport } from '../runtime/report/report.ts';
import { readVersion } from '../runtime/service.ts';

const digitalXray = '1.2.840.10008.5.1.4.1.1.1.1';

/**
 * A report that says of an exam of nobody that no model has looked at it, in each form it may be sent as, best first. The
 * same device, on the same day, makes the same: sent again it is no second one.
 */
export function makeTestReports({ device }: Configuration, day: number): StorableObject[] {
  const uid = (what: string) => deriveUid('commissioning', what, device.serial, String(day));
  const source = headerOf({
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: 'TEST^COMMISSIONING',
    PatientID: `TEST-${device.serial}`,
    PatientSex: 'O',
    StudyInstanceUID: uid('study'),
    StudyDate: describeMoment(day, 0).date,
    StudyTime: '000000',
    StudyID: 'TEST',
    StudyDescription: 'Commissioning, no patient',
    Modality: 'DX',
  });
  const image = {
    modality: 'DX',
    sopClassUid: digitalXray,
    sopInstanceUid: uid('image'),
    seriesInstanceUid: uid('series'),
  };
  const report = buildReport({
    device: {
      ...device,
      manufacturer: 'Scanside',
      model: 'Scanside',
      softwareVersion: readVersion(),
    },
    manifest: undefined,
    bundleHash: '',
    source,
    instances: [image],
    conclusion: { state: 'not-analysed', reason: 'out-of-scope', detail: '' },
    at: day,
  });
  return formsOf(report).map((form) => ({
    ...form,
    transferSyntaxUid: explicitVrLittleEndian,
    dataSet:
      form.sopInstanceUid === report.sopInstanceUid
        ? report.dataSet
        : lowerReport(report.dataSet, form.sopClassUid),
  }));
}
