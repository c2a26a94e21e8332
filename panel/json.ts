import type { DeviceView, ExamOutcome, ExamView } from './source.ts';

/** An exam as the API gives it: field by field, so that nothing a source may carry beside the view gets out. */
export function examJson(exam: ExamView): ExamView {
  return {
    id: exam.id,
    patientName: exam.patientName,
    patientId: exam.patientId,
    birthDate: exam.birthDate,
    sex: exam.sex,
    accessionNumber: exam.accessionNumber,
    modality: exam.modality,
    description: exam.description,
    images: exam.images,
    receivedAt: exam.receivedAt,
    updatedAt: exam.updatedAt,
    version: exam.version,
    state: exam.state,
    outcome: outcomeJson(exam.outcome),
    model: exam.model,
    demo: exam.demo,
    profile: exam.profile,
    outcomeId: exam.outcomeId,
    resultAt: exam.resultAt,
    deliveredAt: exam.deliveredAt,
    delivery: exam.delivery,
    destination: exam.destination,
    thumbnail: exam.thumbnail,
    repeatTaken: exam.repeatTaken,
    urgent: exam.urgent,
    late: exam.late,
  };
}

function outcomeJson(outcome: ExamOutcome): ExamOutcome {
  const { state } = outcome;
  if (state === 'pending') return { state };
  if (state === 'flagged') {
    const { labels, missed, withdrawn, secondLook } = outcome;
    return { state, labels, missed, withdrawn, ...(secondLook && { secondLook }) };
  }
  if (state === 'no-flag') return { state, findingsChecked: outcome.findingsChecked };
  return { state, reason: outcome.reason, detail: outcome.detail };
}

/** The device as the API gives it, field by field. */
export function deviceJson(device: DeviceView): DeviceView {
  return {
    name: device.name,
    serial: device.serial,
    now: device.now,
    lastScannerMessageAt: device.lastScannerMessageAt,
    queue: device.queue,
    pacs: device.pacs,
    outboxWaiting: device.outboxWaiting,
    model: device.model,
    demo: device.demo,
    engine: device.engine,
    accelerator: device.accelerator,
    hottest: device.hottest,
    diskFreePercent: device.diskFreePercent,
    conditions: device.conditions,
    pause: device.pause,
  };
}
