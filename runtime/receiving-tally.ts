import type { Recordable } from './audit-record.ts';

interface Sender {
  callingAeTitle: string;
  peerAddress: string;
  studies: Map<string, { instances: number; sopClassUids: Set<string> }>;
}

/** Counts what each association brings, so that it is recorded once for each study and not for each image. */
export class ReceivingTally {
  readonly #open = new Map<string, Sender>();

  open(association: string, callingAeTitle: string, peerAddress: string): void {
    this.#open.set(association, { callingAeTitle, peerAddress, studies: new Map() });
  }

  add(association: string, studyUid: string, sopClassUid: string): void {
    const studies = this.#open.get(association)?.studies;
    const study = studies?.get(studyUid) ?? { instances: 0, sopClassUids: new Set() };
    study.instances++;
    study.sopClassUids.add(sopClassUid);
    studies?.set(studyUid, study);
  }

  /** What was received on an association that is over. */
  close(association: string): Recordable[] {
    const sender = this.#open.get(association);
    this.#open.delete(association);
    if (!sender) return [];
    return Array.from(sender.studies, ([studyUid, { instances, sopClassUids }]) => ({
      name: 'instances-received',
      fields: {
        source: sender.callingAeTitle,
        address: sender.peerAddress,
        protocol: 'dicom',
        studyUid,
        instances,
        sopClassUids: [...sopClassUids],
      },
    }));
  }

  /** All that is open, as when the process that listens has died. */
  closeAll(): Recordable[] {
    return [...this.#open.keys()].flatMap((association) => this.close(association));
  }
}
