import { expect, it } from 'vitest';
import { makeDemoStudy } from '../demo/demo-studies.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { dial, type ScuAssociation } from '../runtime/dicom/sender.ts';
import { status } from '../runtime/dicom/status.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { modalityPerformedProcedureStep } from '../runtime/dicom/uid.ts';
import { isTerminal, type RunningAppliance, startTestAppliance } from './appliance.ts';
import { element, sequence } from './element-bytes.ts';

const stepUid = '2.25.701';
/** Far above what the whole test takes, as the shorter time is far below it: neither silence can end the study. */
const longSeconds = 600;

const started = (studyUid: string, state = 'IN PROGRESS') =>
  Buffer.concat([
    element(0x0040_0252, 'CS', state),
    sequence(0x0040_0270, [element(0x0020_000d, 'UI', studyUid)]),
  ]);

const ended = (state: string, imageUids: string[] = []) =>
  Buffer.concat([
    element(0x0040_0252, 'CS', state),
    sequence(0x0040_0340, [
      sequence(
        0x0008_1140,
        imageUids.map((uid) => element(0x0008_1155, 'UI', uid)),
      ),
    ]),
  ]);

function associate({ scanner }: RunningAppliance): Promise<ScuAssociation> {
  const { aeTitle, device } = scanner;
  return dial({
    host: device.host,
    port: device.port,
    callingAeTitle: aeTitle,
    calledAeTitle: device.aeTitle,
    contexts: [
      {
        abstractSyntax: modalityPerformedProcedureStep,
        transferSyntaxes: [explicitVrLittleEndian],
      },
    ],
    maxPduLength: 16_384,
    connectMs: 5000,
    responseMs: 10_000,
    clock: systemClock,
  });
}

const step = (dataSet: Buffer, sopInstanceUid = stepUid) => ({
  sopClassUid: modalityPerformedProcedureStep,
  sopInstanceUid,
  dataSet,
});

it('waits while the step is in progress, and no longer than until its images are there', async () => {
  const appliance = await startTestAppliance({
    receiver: { mpps: true },
    study: { quietSeconds: 0.05, openQuietSeconds: longSeconds },
  });
  const { studyUid, instances } = makeDemoStudy(5400, 0);
  const association = await associate(appliance);
  expect(await association.create(step(started(studyUid)))).toBe(status.success);
  await sendStudy(instances, appliance.scanner);
  await appliance.untilExams([studyUid], ({ images }) => images === instances.length);
  const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);
  expect(await association.set(step(ended('COMPLETED', uids)))).toBe(status.success);
  await association.release();
  await appliance.untilExams([studyUid], isTerminal);
  expect(appliance.log.join('\n')).toContain('"because":"procedure-completed"');
});

it('answers what the standard forbids with the status of the standard', async () => {
  const appliance = await startTestAppliance({ receiver: { mpps: true } });
  const association = await associate(appliance);
  const create = (dataSet: Buffer) => association.create(step(dataSet));
  const set = (dataSet: Buffer, uid = stepUid) => association.set(step(dataSet, uid));
  expect(await create(started('2.25.1', 'COMPLETED'))).toBe(status.invalidAttributeValue);
  expect(await create(element(0x0040_0252, 'CS', 'IN PROGRESS'))).toBe(status.missingAttribute);
  expect(await create(Buffer.from('not a data set'))).toBe(status.processingFailure);
  expect(await set(ended('COMPLETED'))).toBe(status.noSuchSopInstance);
  expect(await create(started('2.25.1'))).toBe(status.success);
  expect(await create(started('2.25.1'))).toBe(status.duplicateSopInstance);
  expect(await set(ended('PAUSED'))).toBe(status.invalidAttributeValue);
  expect(await set(ended('DISCONTINUED'))).toBe(status.success);
  expect(await set(ended('COMPLETED'))).toBe(status.processingFailure);
  expect(await set(ended('COMPLETED'), '2.25.702')).toBe(status.noSuchSopInstance);
  await association.release();
});

it('takes no steps unless it is told to', async () => {
  const association = await associate(await startTestAppliance());
  expect(association.accepts(modalityPerformedProcedureStep)).toBe(false);
  await association.release();
});
