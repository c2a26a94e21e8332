import { randomUUID } from 'node:crypto';
import {
  type CommitmentResult,
  encodeCommitmentRequest,
  requestCommitment,
} from '../../runtime/dicom/commitment.ts';
import {
  dial,
  type ProposedContext,
  type RequestorTls,
  type ScuAssociation,
  type StorableObject,
} from '../../runtime/dicom/sender.ts';
import { storageSopClasses } from '../../runtime/dicom/sop-class.ts';
import { isStored, status } from '../../runtime/dicom/status.ts';
import {
  explicitVrLittleEndian,
  implicitVrLittleEndian,
} from '../../runtime/dicom/transfer-syntax.ts';
import {
  deriveUid,
  storageCommitmentInstance,
  storageCommitmentPushModel,
  verification,
} from '../../runtime/dicom/uid.ts';
import type { DeviceListener } from './device-listener.ts';
import {
  codeOf,
  elapsed,
  faultOf,
  reachChecks,
  type Peer,
  type ReachPorts,
} from './reach-check.ts';
import { type Check, fail, pass, type Verdict, warn } from './verdict.ts';

/** A PACS as the configuration has it. */
export interface Pacs extends Peer {
  aeTitle: string;
  tls?: RequestorTls | undefined;
  /** Whether it offers storage commitment, and how long to wait for its report. */
  commitment: boolean;
  commitmentWaitMs: number;
  /** SOP classes in which a result may go there, best first: it must take one of them. */
  reportClasses: readonly string[];
  /** What stands beside results: to be known where it is refused. */
  companionClasses: readonly string[];
}

export interface PacsPorts extends ReachPorts {
  ownAeTitle: string;
  /** How the peer must know this device, in words for its administrator. */
  ownAddress: string;
  listener: DeviceListener;
  /** A report about no patient, in each form it may be sent as, best first. */
  testReports(): readonly StorableObject[];
}

const maxPduLength = 131_072;
const connectMs = 5000;
const responseMs = 20_000;
const syntaxes = [explicitVrLittleEndian, implicitVrLittleEndian];

/** The checks that store nothing: way, association, C-ECHO, and what is accepted for each SOP class and syntax. */
export function pacsReadingChecks(pacs: Pacs, ports: PacsPorts): Check[] {
  return [
    ...reachChecks(pacs, ports),
    {
      name: 'echo',
      title: `Association and C-ECHO with ${pacs.aeTitle}`,
      run: () => withPacs(pacs, ports, (association) => checkEcho(association, pacs, ports)),
    },
    {
      name: 'negotiation',
      title: 'SOP classes and transfer syntaxes',
      run: () =>
        withPacs(pacs, ports, (association) =>
          Promise.resolve(judgeNegotiation(pacs, association)),
        ),
    },
  ];
}

/** All of them, with a test report stored and committed. */
export function pacsChecks(pacs: Pacs, ports: PacsPorts): Check[] {
  const store: Check = {
    name: 'store',
    title: 'Test report stored',
    run: () => withPacs(pacs, ports, (association) => checkStore(association, ports)),
  };
  const commit: Check = {
    name: 'commit',
    title: 'Test report committed; the PACS calls back',
    run: () => withPacs(pacs, ports, (association) => checkCommitment(association, pacs, ports)),
  };
  return [...pacsReadingChecks(pacs, ports), store, ...(pacs.commitment ? [commit] : [])];
}

/** Opens an association for one check; what hinders it is the verdict. */
async function withPacs(
  pacs: Pacs,
  ports: PacsPorts,
  work: (association: ScuAssociation) => Promise<Verdict>,
): Promise<Verdict> {
  try {
    const association = await open(pacs, ports);
    try {
      return await work(association);
    } finally {
      await association.release();
    }
  } catch (error) {
    const words = (error as Error).message;
    const sight = { at: 'association', code: codeOf(error), words } as const;
    const where = `${pacs.aeTitle} at ${pacs.host}:${pacs.port}`;
    return faultOf(sight, `${where}, called by ${ports.ownAddress} (${words})`);
  }
}

function open(pacs: Pacs, { clock, ownAeTitle, listener }: PacsPorts): Promise<ScuAssociation> {
  const { host, port, tls, aeTitle } = pacs;
  return dial({
    host,
    port,
    tls,
    callingAeTitle: ownAeTitle,
    calledAeTitle: aeTitle,
    contexts: propose(pacs),
    maxPduLength,
    connectMs,
    responseMs,
    clock,
    eventReport: (request) => Promise.resolve(listener.report(request)),
  });
}

/** One context for each SOP class and syntax, so that the answer tells what is refused, the class or the syntax. */
function propose({ reportClasses, companionClasses, commitment }: Pacs): ProposedContext[] {
  const classes = [...reportClasses, ...companionClasses];
  const storage = classes.flatMap((abstractSyntax) =>
    syntaxes.map((syntax) => ({ abstractSyntax, transferSyntaxes: [syntax] })),
  );
  const services = [verification, ...(commitment ? [storageCommitmentPushModel] : [])];
  return [
    ...services.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: syntaxes })),
    ...storage,
  ];
}

async function checkEcho(
  association: ScuAssociation,
  pacs: Pacs,
  { clock, ownAddress }: PacsPorts,
): Promise<Verdict> {
  const begun = clock.monotonic();
  const answered = association.accepts(verification) ? await association.echo() : undefined;
  if (answered === status.success) return pass({ milliseconds: elapsed(clock, begun) });
  const why =
    answered === undefined ? 'Verification is refused' : `C-ECHO: ${hexadecimal(answered)}`;
  return fail('PEER_REJECTS', `${pacs.aeTitle} to ${ownAddress}: ${why}`);
}

/** What the answer to every class and syntax means. */
export function judgeNegotiation(
  { reportClasses, companionClasses, commitment }: Pacs,
  association: Pick<ScuAssociation, 'accepts'>,
): Verdict {
  const accepted = (uid: string) => association.accepts(uid, explicitVrLittleEndian);
  const facts = Object.fromEntries(
    [...reportClasses, ...companionClasses].map((uid) => [nameOf(uid), describe(uid, association)]),
  );
  const named = (uids: readonly string[]) => uids.map(nameOf).join(', ');
  if (!reportClasses.some(accepted)) {
    const inOther = reportClasses.filter((uid) => association.accepts(uid));
    return inOther.length > 0
      ? fail('PEER_SYNTAX_REFUSED', named(inOther), facts)
      : fail('PEER_SOP_CLASS_REFUSED', named(reportClasses), facts);
  }
  if (commitment && !association.accepts(storageCommitmentPushModel))
    return fail('PEER_COMMITMENT_NOT_OFFERED', 'Storage Commitment Push Model is refused', facts);
  const refused = companionClasses.filter((uid) => !accepted(uid));
  if (refused.length > 0)
    return warn('PEER_SOP_CLASS_REFUSED', `results go there, but not ${named(refused)}`, facts);
  return pass(facts);
}

function describe(uid: string, association: Pick<ScuAssociation, 'accepts'>): string {
  const words: Record<string, string> = {
    [explicitVrLittleEndian]: 'explicit',
    [implicitVrLittleEndian]: 'implicit',
  };
  const taken = syntaxes.filter((syntax) => association.accepts(uid, syntax));
  return taken.map((syntax) => words[syntax]).join(', ') || 'refused';
}

/** The best form of the test report that the peer takes; there is one when the negotiation has passed. */
function chooseReport(association: ScuAssociation, { testReports }: PacsPorts): StorableObject {
  const all = testReports();
  const taken = all.find(({ sopClassUid: uid }) =>
    association.accepts(uid, explicitVrLittleEndian),
  );
  return taken ?? all[0]!;
}

async function checkStore(association: ScuAssociation, ports: PacsPorts): Promise<Verdict> {
  const begun = ports.clock.monotonic();
  const report = chooseReport(association, ports);
  const answered = await association.store(report);
  const facts = { sopClass: nameOf(report.sopClassUid), sopInstanceUid: report.sopInstanceUid };
  if (!isStored(answered))
    return fail('PEER_STORE_REFUSED', `C-STORE: ${hexadecimal(answered)}`, facts);
  return pass({ ...facts, milliseconds: elapsed(ports.clock, begun) });
}

async function checkCommitment(
  association: ScuAssociation,
  pacs: Pacs,
  ports: PacsPorts,
): Promise<Verdict> {
  const { clock, listener, ownAddress } = ports;
  const begun = clock.monotonic();
  const transactionUid = deriveUid('commissioning', randomUUID());
  const { sopClassUid, sopInstanceUid } = chooseReport(association, ports);
  const syntax = association.transferSyntaxOf(storageCommitmentPushModel) ?? explicitVrLittleEndian;
  const turnedAwayBefore = listener.turnedAway.length;
  const answered = await association.action({
    sopClassUid: storageCommitmentPushModel,
    sopInstanceUid: storageCommitmentInstance,
    typeId: requestCommitment,
    dataSet: encodeCommitmentRequest(transactionUid, [{ sopClassUid, sopInstanceUid }], syntax),
  });
  if (answered !== status.success)
    return fail('PEER_COMMITMENT_REFUSED', `N-ACTION: ${hexadecimal(answered)}`);
  const turnedAway = () => listener.turnedAway.slice(turnedAwayBefore).at(-1);
  const isOver = () =>
    listener.resultOf(transactionUid) !== undefined || turnedAway() !== undefined;
  await listener.until(isOver, pacs.commitmentWaitMs, clock);
  const result = listener.resultOf(transactionUid);
  if (result) return judgeResult(result, elapsed(clock, begun));
  const caller = turnedAway();
  if (caller) return judgeTurnedAway(caller);
  const waited = `${pacs.aeTitle}, ${pacs.commitmentWaitMs / 1000} s; its report goes to ${ownAddress}`;
  return fail('PEER_COMMITMENT_SILENT', waited);
}

function judgeResult({ stored, failed }: CommitmentResult, milliseconds: number): Verdict {
  const [refused] = failed;
  if (refused)
    return fail('PEER_COMMITMENT_REFUSED', `failure reason ${hexadecimal(refused.reason)}`);
  return pass({ committed: stored.length, milliseconds });
}

/** A peer that called and was turned away is the likeliest reason for its silence. */
export function judgeTurnedAway(caller: DeviceListener['turnedAway'][number]): Verdict {
  const { address, callingAeTitle, calledAeTitle, cause } = caller;
  const who = callingAeTitle === '' ? 'a peer without an AE title' : callingAeTitle;
  const called = calledAeTitle === '' ? '' : ` called ${calledAeTitle}`;
  return fail('CALLER_UNKNOWN', `${who} from ${address}${called}: ${cause}`);
}

function nameOf(uid: string): string {
  return storageSopClasses[uid] ?? uid;
}

function hexadecimal(code: number): string {
  return `status 0x${code.toString(16).padStart(4, '0')}`;
}
