import {
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  contextResults,
  type PresentationContextAnswer,
  type ProposedPresentationContext,
} from './pdu.ts';
import { isStorageSopClass } from './sop-class.ts';
import { explicitVrLittleEndian, implicitVrLittleEndian, isStorable } from './transfer-syntax.ts';
import {
  applicationContextName,
  implementationClassUid,
  implementationVersionName,
  modalityPerformedProcedureStep,
  storageCommitmentPushModel,
  verification,
} from './uid.ts';
import {
  answerUserIdentity,
  plainUserInformation,
  type RoleSelection,
} from './user-information.ts';

/** What an acceptor is willing to do. */
export interface AcceptancePolicy {
  aeTitle: string;
  acceptAnyCalledAe: boolean;
  maxPduLength: number;
  /** Accept all Storage SOP classes, unknown ones of the standard's arc included. */
  storage: boolean;
  /** The roles we play in storage commitment. */
  commitment: 'scp' | 'scu' | 'both' | 'none';
  /** Whether we take Modality Performed Procedure Steps. */
  procedureSteps?: boolean;
  /** Serve only these SOP classes, and Verification. */
  sopClasses?: readonly string[] | undefined;
  /** Store only in these transfer syntaxes. */
  transferSyntaxes?: readonly string[] | undefined;
}

/** A presentation context both sides agreed on. */
export interface AcceptedContext {
  id: number;
  abstractSyntax: string;
  transferSyntax: string;
}

/** Refusals of an association (PS3.8 table 9-21): result 1 is permanent, 2 transient. */
export const refusals = {
  'no presentation context': { result: 1, source: 1, reason: 1 },
  'no reason given': { result: 1, source: 1, reason: 1 },
  'application context name not supported': { result: 1, source: 1, reason: 2 },
  'calling AE title not recognized': { result: 1, source: 1, reason: 3 },
  'called AE title not recognized': { result: 1, source: 1, reason: 7 },
  'protocol version not supported': { result: 1, source: 2, reason: 2 },
  'temporary congestion': { result: 2, source: 3, reason: 1 },
  'local limit exceeded': { result: 2, source: 3, reason: 2 },
} as const;

export type Refusal = keyof typeof refusals;

export function reject(refusal: Refusal): AssociateReject {
  return { pdu: 'A-ASSOCIATE-RJ', ...refusals[refusal] };
}

const rejectSources: Record<number, Record<number, string>> = {
  1: {
    1: 'no reason given',
    2: 'application context name not supported',
    3: 'calling AE title not recognized',
    7: 'called AE title not recognized',
  },
  2: { 1: 'no reason given', 2: 'protocol version not supported' },
  3: { 1: 'temporary congestion', 2: 'local limit exceeded' },
};

/** A rejection in words. */
export function describeReject({ result, source, reason }: AssociateReject): string {
  const words = rejectSources[source]?.[reason] ?? `source ${source}, reason ${reason}`;
  return `${words} (${result === 2 ? 'transient' : 'permanent'})`;
}

/** Why a request is refused as a whole, or undefined. */
export function findRefusal(
  request: AssociateRequest,
  policy: AcceptancePolicy,
): Refusal | undefined {
  if ((request.protocolVersion & 1) === 0) return 'protocol version not supported';
  if (request.applicationContextName !== applicationContextName)
    return 'application context name not supported';
  if (!policy.acceptAnyCalledAe && request.calledAeTitle !== policy.aeTitle)
    return 'called AE title not recognized';
  return request.contexts.length === 0 ? 'no presentation context' : undefined;
}

/** Answers every proposed presentation context and role (PS3.8 9.3.3.2, PS3.7 D.3.3.4). */
export function negotiate(request: AssociateRequest, policy: AcceptancePolicy): AssociateAccept {
  const { roles, userIdentity } = request.userInformation;
  const answers = request.contexts.map((context) => answerContext(context, roles, policy));
  return {
    ...request,
    pdu: 'A-ASSOCIATE-AC',
    protocolVersion: 1,
    contexts: answers,
    userInformation: {
      ...plainUserInformation(
        policy.maxPduLength,
        implementationClassUid,
        implementationVersionName,
      ),
      roles: roles.map((role) => answerRole(role, policy)),
      userIdentityResponse: answerUserIdentity(userIdentity),
    },
  };
}

/** The contexts that the answer accepts, by ID; an answer in a transfer syntax not proposed accepts nothing. */
export function acceptedContexts(
  proposed: readonly ProposedPresentationContext[],
  answers: readonly PresentationContextAnswer[],
): Map<number, AcceptedContext> {
  const proposals = new Map(proposed.map((proposal) => [proposal.id, proposal]));
  const accepted = new Map<number, AcceptedContext>();
  for (const { id, result, transferSyntax } of answers) {
    const proposal = proposals.get(id);
    const isAccepted = result === contextResults.acceptance;
    if (proposal?.transferSyntaxes.includes(transferSyntax) && isAccepted)
      accepted.set(id, { id, abstractSyntax: proposal.abstractSyntax, transferSyntax });
  }
  return accepted;
}

function answerContext(
  context: ProposedPresentationContext,
  roles: readonly RoleSelection[],
  policy: AcceptancePolicy,
): PresentationContextAnswer {
  const { id, abstractSyntax, transferSyntaxes } = context;
  if (!isServed(abstractSyntax, roles, policy))
    return refuse(context, contextResults.abstractSyntaxNotSupported);
  const transferSyntax = transferSyntaxes.find((uid) => isTaken(abstractSyntax, uid, policy));
  if (transferSyntax === undefined)
    return refuse(context, contextResults.transferSyntaxesNotSupported);
  return { id, result: contextResults.acceptance, transferSyntax };
}

/** The transfer syntax of a refusal has no meaning (PS3.8 9.3.3.2) but must be there. */
function refuse(context: ProposedPresentationContext, result: number): PresentationContextAnswer {
  return { id: context.id, result, transferSyntax: implicitVrLittleEndian };
}

function isTaken(
  abstractSyntax: string,
  transferSyntax: string,
  { transferSyntaxes }: AcceptancePolicy,
): boolean {
  if (!isStorageSopClass(abstractSyntax)) return isPlain(transferSyntax);
  return isStorable(transferSyntax) && (transferSyntaxes?.includes(transferSyntax) ?? true);
}

function isPlain(transferSyntax: string): boolean {
  return transferSyntax === explicitVrLittleEndian || transferSyntax === implicitVrLittleEndian;
}

function isServed(
  abstractSyntax: string,
  roles: readonly RoleSelection[],
  policy: AcceptancePolicy,
): boolean {
  if (!isOffered(abstractSyntax, policy)) return false;
  const proposal = roles.find((role) => role.sopClassUid === abstractSyntax);
  if (!proposal) return true;
  const answer = answerRole(proposal, policy);
  return answer.scu || answer.scp;
}

function isOffered(abstractSyntax: string, policy: AcceptancePolicy): boolean {
  if (abstractSyntax === verification) return true;
  if (policy.sopClasses && !policy.sopClasses.includes(abstractSyntax)) return false;
  if (abstractSyntax === storageCommitmentPushModel) return policy.commitment !== 'none';
  if (abstractSyntax === modalityPerformedProcedureStep) return policy.procedureSteps === true;
  return policy.storage && isStorageSopClass(abstractSyntax);
}

/**
 * Which of the proposed roles the requestor may play. It may be SCP only of storage commitment, where a PACS reports
 * results on an association of its own; and SCU of commitment only where we are SCP. A role not proposed is never
 * granted.
 */
function answerRole(proposal: RoleSelection, policy: AcceptancePolicy): RoleSelection {
  const { sopClassUid, scu, scp } = proposal;
  const { commitment } = policy;
  if (sopClassUid !== storageCommitmentPushModel) return { sopClassUid, scu, scp: false };
  return {
    sopClassUid,
    scu: scu && (commitment === 'scp' || commitment === 'both'),
    scp: scp && (commitment === 'scu' || commitment === 'both'),
  };
}
